/**
 * Base64 (RFC 4648 §4), the same in Node and in a browser. Does not do the URL alphabet.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const VALUES: Int8Array = (() => {
  const values = new Int8Array(128).fill(-1)
  for (let i = 0; i < 64; i++) values[ALPHABET.charCodeAt(i)] = i
  return values
})()

/** Characters put together before they join the text: few concatenations, and no huge argument list. */
const PIECE = 4096

export const toBase64 = (bytes: Uint8Array): string => {
  let text = ''
  let piece = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    piece += ALPHABET[word >>> 18]! + ALPHABET[(word >>> 12) & 63]!
    piece += left > 1 ? ALPHABET[(word >>> 6) & 63]! : '='
    piece += left > 2 ? ALPHABET[word & 63]! : '='
    if (piece.length >= PIECE) {
      text += piece
      piece = ''
    }
  }
  return text + piece
}

/** Undefined if it is no base64. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let at = 0
  for (let i = 0; i < text.length; i += 4) {
    const last = i + 4 === text.length ? padding : 0
    const a = VALUES[text.charCodeAt(i)] ?? -1
    const b = VALUES[text.charCodeAt(i + 1)] ?? -1
    const c = last === 2 ? 0 : (VALUES[text.charCodeAt(i + 2)] ?? -1)
    const d = last > 0 ? 0 : (VALUES[text.charCodeAt(i + 3)] ?? -1)
    if ((a | b | c | d) < 0) return undefined
    bytes[at++] = (a << 2) | (b >>> 4)
    if (last < 2) bytes[at++] = ((b << 4) | (c >>> 2)) & 255
    if (last < 1) bytes[at++] = ((c << 6) | d) & 255
  }
  return bytes
}
