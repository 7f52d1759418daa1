/**
 * Fills a byte array of known size with little-endian numbers. Does not grow.
 */

export interface Writer {
  readonly whole: Uint8Array
  u16(value: number): Writer
  u32(value: number): Writer
  bytes(value: Uint8Array): Writer
  /** Skips to a multiple of four. */
  align(): Writer
}

export const littleEndian = (size: number): Writer => {
  const whole = new Uint8Array(size)
  let offset = 0
  const writer: Writer = {
    whole,
    u16: value => {
      whole[offset++] = value & 255
      whole[offset++] = (value >>> 8) & 255
      return writer
    },
    u32: value => {
      whole[offset++] = value & 255
      whole[offset++] = (value >>> 8) & 255
      whole[offset++] = (value >>> 16) & 255
      whole[offset++] = (value >>> 24) & 255
      return writer
    },
    bytes: value => {
      whole.set(value, offset)
      offset += value.length
      return writer
    },
    align: () => {
      offset = (offset + 3) & ~3
      return writer
    },
  }
  return writer
}
