/**
 * Names and small phrases of messages. Remote text is made safe and short here; nothing else prints it.
 */
import { type Ip4, type Mac, compareAddresses } from '../core/address.ts'
import { printable } from '../core/bytes.ts'
import { MAX_TEXT } from './limits.ts'

/** How addresses are called in messages: by the scenario's names, or as they are. */
export interface Names {
  readonly server: (ip: Ip4) => string
  readonly client: (mac: Mac) => string
  readonly segment: (segment: string) => string
  /** The network card that sent something; only where nobody knows the servers by name. */
  readonly card?: (mac: Mac) => string
}

/** `a`, `a and b`, `a, b and c`. */
export const listed = (items: readonly string[], word = 'and'): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)!}`

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

export const quoted = (text: string): string => {
  const safe = printable(text)
  return `"${safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT - 1)}…` : safe}"`
}

/** Two names of the same file: servers of this family look without case and take both slashes. */
export const sameFile = (a: string, b: string): boolean => plainFile(a) === plainFile(b)

export const plainFile = (name: string): string =>
  name.toLowerCase().replaceAll('\\', '/').replace(/^\/+/, '')

export const ascending = <T extends Ip4 | Mac>(addresses: Iterable<T>): T[] =>
  [...new Set(addresses)].sort(compareAddresses)
