/**
 * Netascii (RFC 764, as RFC 1350 §1 wants it): line ends travel as CR LF, a lone CR as CR NUL. A text is converted
 * whole, so that a CR and its LF may fall on either side of a block edge. Does not touch character sets.
 */
import type { TftpFile } from './files.ts'

/** A text file larger than this is not served in netascii: it is converted in memory. */
const MAX_NETASCII_SIZE = 16 * 1024 * 1024

const NUL = 0
const LF = 10
const CR = 13

/** LF becomes CR LF, CR becomes CR NUL, and a CR LF that is already there stays as it is. */
export const toNetascii = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(bytes.length + countEnds(bytes))
  let length = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === CR) {
      const next = bytes[i + 1] === LF ? LF : NUL
      out[length++] = CR
      out[length++] = next
      if (next === LF) i++
    } else {
      if (byte === LF) out[length++] = CR
      out[length++] = byte
    }
  }
  return out.subarray(0, length)
}

/** CR LF becomes LF, CR NUL becomes CR; anything else after a CR stays as it came. */
export const fromNetascii = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(bytes.length)
  let length = 0
  for (let i = 0; i < bytes.length; i++) {
    const next = bytes[i] === CR ? bytes[i + 1] : undefined
    if (next === LF || next === NUL) i++
    out[length++] = next === LF ? LF : next === NUL ? CR : bytes[i]!
  }
  return out.subarray(0, length)
}

/**
 * The file as it travels in netascii; undefined if it is too large, must be waited for, or can no longer be read. Made
 * once of a file that never changes: requests cost nothing then.
 */
export const netasciiFile = (file: TftpFile): TftpFile | undefined => {
  const known = converted.get(file)
  if (known || file.size > MAX_NETASCII_SIZE || file.load) return known
  const original = file.read(0, file.size)
  if (original.length !== file.size) return undefined
  const text = toNetascii(original)
  const made: TftpFile = {
    name: file.name,
    size: text.length,
    read: (offset, length) => text.subarray(offset, offset + length),
  }
  if (file.lasting) converted.set(file, made)
  return made
}

const converted = new WeakMap<TftpFile, TftpFile>()

const countEnds = (bytes: Uint8Array): number => {
  let count = 0
  for (const byte of bytes) if (byte === CR || byte === LF) count++
  return count
}
