/**
 * How iPXE finds an option in a packet (core/dhcpopts.c), byte by byte: of the options field alone, the first instance,
 * and encapsulated ones by a walk that begins in the first option that could hold them and never comes back (I-27).
 * Judges no value.
 */
import { DHCP } from '../../wire/layout.ts'
import { END, PAD } from '../../wire/dhcp/option-codes.ts'

/** Tag and length. */
const HEADER = 2

/** The value of the first instance; undefined: there is none before END, or before an option that is cut off. */
export const findOption = (bytes: Uint8Array, code: number): Uint8Array | undefined =>
  valueAt(bytes, search(bytes, DHCP.options, bytes.length - DHCP.options, code))

/**
 * The value of a tag in the first instance of option `code`. `overrun`: so many bytes past the end of the option it may
 * reach, into the next one.
 */
export const findSubOption = (
  bytes: Uint8Array,
  code: number,
  tag: number,
  overrun: number,
): Uint8Array | undefined => {
  const outer = search(bytes, DHCP.options, bytes.length - DHCP.options, code)
  if (outer === undefined) return undefined
  return valueAt(bytes, search(bytes, outer + HEADER, bytes[outer + 1]! + overrun, tag))
}

/** Where the option begins. */
const search = (bytes: Uint8Array, start: number, room: number, code: number): number | undefined => {
  const end = Math.min(start + room, bytes.length)
  for (let at = start; at < end;) {
    const found = bytes[at]!
    if (found === END) return undefined
    const next = found === PAD ? at + 1 : at + HEADER + (bytes[at + 1] ?? 0)
    if (next > end) return undefined
    if (found === code) return at
    at = next
  }
  return undefined
}

const valueAt = (bytes: Uint8Array, at: number | undefined): Uint8Array | undefined =>
  at === undefined ? undefined : bytes.subarray(at + HEADER, at + HEADER + bytes[at + 1]!)
