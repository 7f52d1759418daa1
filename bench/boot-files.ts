/**
 * Boot files of any size for the benchmarks: firmware starts them, and no two blocks of one are alike.
 */
import { peHeaderFor, placeholderOf } from '../src/wire/executable.ts'

const HEADERS_SIZE = 512

/** An x64 UEFI application by its headers, which say no more than that; the rest is padding. */
export const uefiProgram = (size: number): Uint8Array => {
  const file = placeholderOf(size)
  file.fill(0, 0, HEADERS_SIZE)
  file.set(peHeaderFor('x64'))
  return file
}
