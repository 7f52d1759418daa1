/**
 * Files that a scenario writes down itself, by text or by size. Does not read a disk.
 */
import { latin1Bytes } from '../core/bytes.ts'
import { type ImageStore, memoryImages } from '../nbs/images.ts'
import type { ImageFile } from '../scenario/model.ts'

export const writtenFiles = (files: readonly ImageFile[]): ImageStore =>
  memoryImages(Object.fromEntries(files.map(file => [file.name, bytesOf(file)])))

const bytesOf = (file: ImageFile): Uint8Array => {
  if ('bytes' in file) return file.bytes
  return 'text' in file ? latin1Bytes(file.text) : filler(file.size)
}

/** Bytes that differ from block to block, so that a mixed-up transfer does not go unseen. */
const filler = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 7 + (i >>> 9)) & 255
  return bytes
}
