/**
 * A file's text, whole, but never more than its reader has room for: a device, a pipe without end or a file of a stranger
 * must not fill memory. Throws what the system says, with its code, or `UnfitFileError`.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** A file that is there, and is not read. */
export class UnfitFileError extends Error {
  readonly code = 'UNFIT'
}

export interface FileBounds {
  /** In bytes. */
  readonly max: number
  /** Named by a file and not by who called: nothing but a regular file then, which cannot make anybody wait. */
  readonly regular?: boolean
}

/** `-` as 0 is standard input. */
export const boundedText = (file: string | 0, { max, regular = false }: FileBounds): string => {
  const fd = file === 0 ? 0 : openSync(file, constants.O_RDONLY | (regular ? constants.O_NONBLOCK : 0))
  try {
    const status = fstatSync(fd)
    if (regular && !status.isFile()) throw new UnfitFileError('is not a regular file')
    if (status.isFile() && status.size > max) throw new UnfitFileError(tooLarge(max))
    return textFrom(fd, max)
  } finally {
    if (fd !== 0) closeSync(fd)
  }
}

const PIECE = 1 << 16

const textFrom = (fd: number, max: number): string => {
  const pieces: Buffer[] = []
  for (let length = 0; ;) {
    const piece = Buffer.allocUnsafe(PIECE)
    const read = readSome(fd, piece)
    if (read === 0) return Buffer.concat(pieces, length).toString('utf8')
    length += read
    if (length > max) throw new UnfitFileError(tooLarge(max))
    pieces.push(piece.subarray(0, read))
  }
}

/** 0 at the end. */
const readSome = (fd: number, into: Buffer): number => {
  try {
    return readSync(fd, into)
  } catch (error) {
    // How Windows says that a pipe has ended.
    if ((error as NodeJS.ErrnoException).code === 'EOF') return 0
    throw error
  }
}

const tooLarge = (max: number): string => `is larger than ${Math.floor(max / 1024)} KiB`
