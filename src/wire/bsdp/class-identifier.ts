/**
 * Option 60 in BSDP: what marks a message as BSDP at all, and what a Mac says of itself in it.
 * Does not judge models.
 */
import { latin1Text } from '../../core/bytes.ts'
import type { DhcpMessage } from '../dhcp/message.ts'
import { OPTION } from '../dhcp/option-codes.ts'
import { first } from '../dhcp/options.ts'

/** Exactly what a server sends. */
export const BSDP_CLASS = 'AAPLBSDPC'

export interface MacIdentity {
  /** `ppc`, `i386`. */
  readonly architecture: string
  /** The model: `MacBookPro11,2`. */
  readonly systemId: string
}

export const bsdpClassIdentifier = ({ architecture, systemId }: MacIdentity): string =>
  `${BSDP_CLASS}/${architecture}/${systemId}`

/** Option 60 starts with the marker, as firmware and tshark test it. */
export const isBsdp = (message: DhcpMessage): boolean =>
  startsWithClass(first(message, OPTION.classIdentifier))

/** Option 60 is the marker and nothing else, as Apple's library tests a server. */
export const isStrictlyBsdp = (message: DhcpMessage): boolean => {
  const value = first(message, OPTION.classIdentifier)
  return value?.length === BSDP_CLASS.length && startsWithClass(value)
}

/** The rule of Apple's server: two slashes, no NUL and no newline; undefined = not a client's class. */
export const macIdentity = (message: DhcpMessage): MacIdentity | undefined => {
  const value = first(message, OPTION.classIdentifier)
  if (value === undefined || !startsWithClass(value) || value.includes(0) || value.includes(10))
    return undefined
  const text = latin1Text(value)
  if (text[BSDP_CLASS.length] !== '/') return undefined
  const second = text.indexOf('/', BSDP_CLASS.length + 1)
  if (second < 0) return undefined
  return { architecture: text.slice(BSDP_CLASS.length + 1, second), systemId: text.slice(second + 1) }
}

const startsWithClass = (value: Uint8Array | undefined): boolean => {
  if (value === undefined || value.length < BSDP_CLASS.length) return false
  for (let i = 0; i < BSDP_CLASS.length; i++) if (value[i] !== BSDP_CLASS.charCodeAt(i)) return false
  return true
}
