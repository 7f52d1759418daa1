/**
 * The Internet checksum (RFC 1071), cut into a sum that can be carried on and its final fold, so that a pseudo
 * header costs no copy. Does not know whose checksum it is.
 */

/** Adds the 16-bit words of `bytes[start, end)` to `sum`; an odd last byte counts as its word's high half. */
export const addWords = (sum: number, bytes: Uint8Array, start: number, end: number): number => {
  const last = end - 1
  let total = sum
  let i = start
  for (; i < last; i += 2) total += (bytes[i]! << 8) | bytes[i + 1]!
  return i < end ? total + (bytes[i]! << 8) : total
}

/** Ones' complement sum of a 32-bit total. 64 KiB of 0xffff words and a pseudo header stay below 2^32. */
export const fold = (sum: number): number => {
  const once = (sum & 0xffff) + (sum >>> 16)
  return (once & 0xffff) + (once >>> 16)
}

/** The value for the checksum field. */
export const checksumOf = (sum: number): number => ~fold(sum) & 0xffff

/** A sum that includes the checksum field itself is all ones when nothing was damaged. */
export const isIntact = (sum: number): boolean => fold(sum) === 0xffff
