/**
 * How EDK2's drivers walk over the options of a packet, byte by byte: where they lie in memory, and what one of them
 * finds at the end of the other's mistake. Judges no value.
 */
import { u32At } from '../../core/bytes.ts'
import { MAGIC_COOKIE } from '../../wire/dhcp/codec.ts'
import { END, OPTION, PAD } from '../../wire/dhcp/option-codes.ts'

/** RFC 2131 §2. */
const SNAME = 44
export const FILE = 108
const COOKIE = 236
const OPTIONS = 240

/** An option where it lies: where its value begins. Code and length stand before that. */
export type OptionAt = number
export const codeAt = (bytes: Uint8Array, at: OptionAt): number => bytes[at - 2]!
export const lengthAt = (bytes: Uint8Array, at: OptionAt): number => bytes[at - 1] ?? 0

export const hasOptions = (bytes: Uint8Array): boolean =>
  bytes.length > OPTIONS && u32At(bytes, COOKIE) === MAGIC_COOKIE

/** E-11: of the options field, then of `file` and `sname` where 52 says so; undefined if one of them lacks its END. */
export const walkOptions = (bytes: Uint8Array): OptionAt[] | undefined => {
  const found: OptionAt[] = []
  if (!walkArea(bytes, OPTIONS, bytes.length, found)) return undefined
  const overload = found.findLast(at => codeAt(bytes, at) === OPTION.optionOverload)
  if (overload === undefined) return found
  if (lengthAt(bytes, overload) !== 1) return undefined
  const value = bytes[overload]!
  if ((value === 1 || value === 3) && !walkArea(bytes, FILE, COOKIE, found)) return undefined
  if ((value === 2 || value === 3) && !walkArea(bytes, SNAME, FILE, found)) return undefined
  return found
}

/** False: no END, or an option that runs past the area. */
const walkArea = (bytes: Uint8Array, start: number, end: number, found: OptionAt[]): boolean => {
  let at = start
  while (at < end) {
    const code = bytes[at]!
    if (code === PAD) {
      at++
      continue
    }
    if (code === END) return true
    const length = at + 1 < end ? bytes[at + 1]! : -1
    if (length < 0 || at + 2 + length > end) return false
    found.push(at + 2)
    at += 2 + length
  }
  return false
}

/**
 * E-17: the first instance, as the PXE driver looks for it, in the options field and then in `file` and `sname` where 52
 * says so. It may run past its area: nobody checks that any more.
 */
export const findOption = (bytes: Uint8Array, code: number): OptionAt | undefined => {
  const found = findIn(bytes, OPTIONS, bytes.length, code)
  if (found !== undefined || code === OPTION.optionOverload) return found
  const overload = overloadOf(bytes)
  return (
    ((overload & 1) !== 0 ? findIn(bytes, FILE, COOKIE, code) : undefined) ??
    ((overload & 2) !== 0 ? findIn(bytes, SNAME, FILE, code) : undefined)
  )
}

/** Bits of option 52, whatever else it says; 0 without it. */
export const overloadOf = (bytes: Uint8Array): number => {
  const overload = findIn(bytes, OPTIONS, bytes.length, OPTION.optionOverload)
  return overload === undefined ? 0 : (bytes[overload] ?? 0)
}

const findIn = (bytes: Uint8Array, start: number, end: number, code: number): OptionAt | undefined => {
  let at = start
  while (at < end && bytes[at] !== END) {
    if (bytes[at] === code) return at + 2
    at += bytes[at] === PAD ? 1 : 2 + lengthAt(bytes, at + 2)
  }
  return undefined
}
