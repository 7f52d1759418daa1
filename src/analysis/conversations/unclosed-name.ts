/**
 * Option 67 without a closing NUL, as firmware meets it that takes the option for a C string: it reads on into whatever
 * stands behind the value, or closes the name with a NUL of its own, over the byte behind it (E-54). Does not judge.
 */
import { latin1Text } from '../../core/bytes.ts'
import { decodeDhcp } from '../../wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION, first } from '../../wire/dhcp/options.ts'

export interface UnclosedName {
  /** The name with the bytes behind it, up to the first NUL. */
  readonly runsOn: string
  /** A NUL over the byte behind the name makes the option list malformed. */
  readonly breaksOffer: boolean
}

/** A name that a TFTP request can hold (RFC 2347). */
const MAX_NAME = 512

/** `payload`: the bytes that `message` was decoded from. */
export const unclosedName = (message: DhcpMessage, payload: Uint8Array): UnclosedName | undefined => {
  const value = first(message, OPTION.bootFileName)
  if (!value || value.length === 0 || value.at(-1) === 0 || value.buffer !== payload.buffer) return undefined
  const start = value.byteOffset - payload.byteOffset
  const end = start + value.length
  if (end >= payload.length) return undefined
  const nul = payload.indexOf(0, end)
  return {
    runsOn: latin1Text(payload, start, Math.min(nul < 0 ? payload.length : nul, start + MAX_NAME)),
    breaksOffer: isBrokenBy(payload, end),
  }
}

const isBrokenBy = (payload: Uint8Array, at: number): boolean => {
  const copy = payload.slice()
  copy[at] = 0
  const result = decodeDhcp(copy)
  return !result.ok || !result.value.ended || result.issues.some(({ code }) => BREAKING.includes(code))
}

/** E-11. */
const BREAKING: readonly string[] = ['dhcp.option.truncated', 'dhcp.option.length']
