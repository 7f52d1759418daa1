/**
 * Small things about byte arrays that the platform lacks. Does not interpret them.
 */

/** Spaces are allowed, so that test vectors can show their fields: `fromHex('35 01 02')`. */
export const fromHex = (text: string): Uint8Array => {
  const digits = text.replace(/\s+/g, '')
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new RangeError(`not hexadecimal: ${text}`)
  return Uint8Array.from(digits.match(/../g) ?? [], pair => parseInt(pair, 16))
}

export const toHex = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

export const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  // Whole files are compared four bytes at a time, where both lie so that the platform can.
  const words = a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0 ? a.length >>> 2 : 0
  if (words > 16) {
    const [left, right] = [
      new Uint32Array(a.buffer, a.byteOffset, words),
      new Uint32Array(b.buffer, b.byteOffset, words),
    ]
    for (let i = 0; i < words; i++) if (left[i] !== right[i]) return false
  }
  for (let i = words > 16 ? words * 4 : 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export const u16At = (bytes: Uint8Array, offset: number): number => (bytes[offset]! << 8) | bytes[offset + 1]!
export const u32At = (bytes: Uint8Array, offset: number): number =>
  ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0

export const writeU16 = (bytes: Uint8Array, offset: number, value: number): void => {
  bytes[offset] = (value >>> 8) & 255
  bytes[offset + 1] = value & 255
}

export const writeU32 = (bytes: Uint8Array, offset: number, value: number): void => {
  bytes[offset] = (value >>> 24) & 255
  bytes[offset + 1] = (value >>> 16) & 255
  bytes[offset + 2] = (value >>> 8) & 255
  bytes[offset + 3] = value & 255
}

export const u16Bytes = (value: number): Uint8Array => Uint8Array.of((value >>> 8) & 255, value & 255)
export const u32Bytes = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  writeU32(bytes, 0, value)
  return bytes
}

/** One byte per character; characters above 255 become `?`. The protocols here predate UTF-8. */
export const latin1Bytes = (text: string): Uint8Array =>
  Uint8Array.from(text, char => (char.charCodeAt(0) < 256 ? char.charCodeAt(0) : 0x3f))

/** Stops at the first NUL, as a C string does. */
export const latin1Text = (bytes: Uint8Array, start = 0, end = bytes.length): string => {
  let stop = start
  while (stop < end && bytes[stop] !== 0) stop++
  let text = ''
  let at = start
  // Eight together, because each `+=` to a text of 13 characters or more allocates.
  for (; at + 8 <= stop; at += 8)
    text += String.fromCharCode(
      bytes[at]!,
      bytes[at + 1]!,
      bytes[at + 2]!,
      bytes[at + 3]!,
      bytes[at + 4]!,
      bytes[at + 5]!,
      bytes[at + 6]!,
      bytes[at + 7]!,
    )
  for (; at < stop; at++) text += String.fromCharCode(bytes[at]!)
  return text
}

/** Remote text made safe for a terminal or a page: control characters become `\xNN`. */
export const printable = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
