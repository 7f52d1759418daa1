/**
 * Boot images from a directory tree, read once: small files into memory, large ones through a descriptor that stays
 * open until `close()`. What leads out of the tree, or is no file, has a name that is answered with a refusal. Does not
 * notice files that come later: load again.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { join, sep } from 'node:path'
import type { TftpFile } from '../protocol/tftp/files.ts'
import { requestPath } from '../protocol/tftp/request-path.ts'
import { TFTP_ERROR } from '../wire/tftp/packet.ts'
import type { ImageEntry, ImageStore } from './images.ts'
import { imageStore, memoryFile } from './images.ts'

/** Files of a tree; a larger tree is an error, not a partial store. */
export const MAX_IMAGE_FILES = 20_000
export const MAX_IMAGE_DEPTH = 24
/** A larger file is read while it is sent. */
export const MAX_IN_MEMORY_SIZE = 1024 * 1024
/** All files in memory together; what comes after is read while it is sent. */
export const MAX_IN_MEMORY_TOTAL = 128 * 1024 * 1024
/** Large files, each with a descriptor. */
export const MAX_OPEN_IMAGES = 512
/** One read of the disk serves many blocks. */
const CHUNK_SIZE = 256 * 1024

export interface ImageDirectory extends ImageStore {
  /** Names that exist but are not served, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[]
  /** Gives the descriptors back; transfers of large files still under way then fail. */
  close(): void
}

export const loadImages = (directory: string): ImageDirectory => {
  const tree = new Tree(directory)
  try {
    tree.walk(tree.root, '', [tree.root])
  } catch (error) {
    tree.close()
    throw error
  }
  return { ...imageStore(tree.entries), refused: tree.refused, close: () => tree.close() }
}

class Tree {
  readonly root: string
  readonly entries = new Map<string, ImageEntry>()
  readonly refused: { name: string; reason: string }[] = []
  readonly #descriptors: { number: number | undefined }[] = []
  #inMemory = 0

  constructor(directory: string) {
    this.root = realpathSync(directory)
    if (!statSync(this.root).isDirectory()) throw new Error(`${directory} is not a directory`)
  }

  /** `ancestors` are real paths: a link back to one of them would never end. */
  walk(real: string, prefix: string, ancestors: readonly string[]): void {
    if (ancestors.length > MAX_IMAGE_DEPTH)
      throw new Error(`${prefix}: more than ${MAX_IMAGE_DEPTH} directories deep`)
    for (const file of readdirSync(real).sort()) {
      const name = prefix === '' ? file : `${prefix}/${file}`
      const path = requestPath(name)
      if (!path.ok || path.path !== name.normalize('NFC'))
        this.#refuse(name, path.ok ? 'unusual name' : path.reason)
      else this.#add(join(real, file), name, path.key, ancestors)
      if (this.entries.size > MAX_IMAGE_FILES)
        throw new Error(`${this.root}: more than ${MAX_IMAGE_FILES} files`)
    }
  }

  close(): void {
    for (const descriptor of this.#descriptors) {
      if (descriptor.number !== undefined) closeSync(descriptor.number)
      descriptor.number = undefined
    }
  }

  #add(path: string, name: string, key: string, ancestors: readonly string[]): void {
    // Of names that differ in case only, the first in order is served.
    if (this.entries.has(key)) return this.#refuse(name, 'differs from another name in case only')
    try {
      const real = realpathSync(path)
      // With the separator: `root-private` begins with `root`, but is not in it.
      if (real !== this.root && !real.startsWith(this.root + sep))
        return this.#refuse(name, 'leads out of the images', key)
      const status = statSync(real)
      if (status.isDirectory()) {
        if (ancestors.includes(real)) this.#refuse(name, 'leads back to its own parent', key)
        else this.walk(real, name, [...ancestors, real])
      } else if (status.isFile()) this.entries.set(key, this.#load(real, name))
      else this.#refuse(name, 'is not a file', key)
    } catch (error) {
      if (!isSystemError(error)) throw error
      this.#refuse(name, `cannot be read (${error.code})`, key)
    }
  }

  #refuse(name: string, reason: string, key?: string): void {
    this.refused.push({ name, reason })
    if (key !== undefined) this.entries.set(key, { code: TFTP_ERROR.accessViolation, message: reason })
  }

  #load(real: string, name: string): TftpFile {
    // The name was resolved: if it is a link by now, somebody is playing tricks.
    const number = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW)
    let keep = false
    try {
      const { size } = fstatSync(number)
      if (size <= MAX_IN_MEMORY_SIZE && this.#inMemory + size <= MAX_IN_MEMORY_TOTAL) {
        const bytes = new Uint8Array(size)
        const length = readFully(number, bytes, 0)
        this.#inMemory += length
        return memoryFile(name, bytes.subarray(0, length))
      }
      if (this.#descriptors.length >= MAX_OPEN_IMAGES)
        throw new Error(`more than ${MAX_OPEN_IMAGES} large images`)
      keep = true
      const descriptor = { number }
      this.#descriptors.push(descriptor)
      return new LargeFile(name, size, descriptor)
    } finally {
      if (!keep) closeSync(number)
    }
  }
}

/**
 * Read in chunks that several transfers share while they are near each other, as machines that boot together are.
 * A disk fault gives fewer bytes than asked, which ends the transfer.
 */
class LargeFile implements TftpFile {
  readonly name: string
  readonly size: number
  readonly #descriptor: { readonly number: number | undefined }
  #chunk: Uint8Array | undefined
  #chunkLength = 0
  #chunkStart = 0

  constructor(name: string, size: number, descriptor: { readonly number: number | undefined }) {
    this.name = name
    this.size = size
    this.#descriptor = descriptor
  }

  read(offset: number, length: number): Uint8Array {
    if (length > CHUNK_SIZE / 2) return this.#readAlone(offset, length)
    const end = offset + length
    const start = this.#chunkStart
    if (!this.#chunk || offset < start || end > start + this.#chunkLength) this.#fill(offset)
    return this.#chunk!.subarray(
      offset - this.#chunkStart,
      Math.min(end - this.#chunkStart, this.#chunkLength),
    )
  }

  #fill(offset: number): void {
    // A little of what came before stays, for blocks that must be sent again.
    this.#chunkStart = Math.max(0, offset - CHUNK_SIZE / 4)
    this.#chunk ??= new Uint8Array(CHUNK_SIZE)
    this.#chunkLength = this.#readInto(this.#chunk, this.#chunkStart)
  }

  /** A whole text at once, for netascii. */
  #readAlone(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)))
    return bytes.subarray(0, this.#readInto(bytes, offset))
  }

  #readInto(bytes: Uint8Array, position: number): number {
    const { number } = this.#descriptor
    if (number === undefined) return 0
    try {
      return readFully(number, bytes, position)
    } catch (error) {
      if (!isSystemError(error)) throw error
      return 0
    }
  }
}

const readFully = (descriptor: number, into: Uint8Array, position: number): number => {
  let length = 0
  while (length < into.length) {
    const got = readSync(descriptor, into, length, into.length - length, position + length)
    if (got === 0) break
    length += got
  }
  return length
}

const isSystemError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && typeof (error as { code?: unknown }).code === 'string'
