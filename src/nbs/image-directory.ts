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
const MAX_IMAGE_FILES = 20_000
/** Nesting of folders below an image folder; deeper is an error. */
const MAX_IMAGE_DEPTH = 24
/** A larger file is read while it is sent. */
export const MAX_IN_MEMORY_SIZE = 1024 * 1024
/** All files in memory together; what comes after is read while it is sent. */
const MAX_IN_MEMORY_TOTAL = 128 * 1024 * 1024
/** Large files, each with a descriptor. */
const MAX_OPEN_IMAGES = 512
/** Kept per large file for reading into. */
const MAX_SCRATCH_BYTES = 256 * 1024

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
 * Read while it is sent, in the pieces that are asked for (`protocol/tftp/data-packets.ts` asks for many blocks at
 * once). A disk fault gives fewer bytes than asked, which ends the transfer.
 */
class LargeFile implements TftpFile {
  readonly name: string
  readonly size: number
  readonly #descriptor: { readonly number: number | undefined }
  /** Holds what was read last, unless that was much. */
  #scratch = new Uint8Array(0)

  constructor(name: string, size: number, descriptor: { readonly number: number | undefined }) {
    this.name = name
    this.size = size
    this.#descriptor = descriptor
  }

  /** Somebody may write into the file while it is served; a rename into its place is another file, and not seen. */
  readonly version = (): number => this.#read(number => fstatSync(number).mtimeMs)

  read(offset: number, length: number): Uint8Array {
    const size = Math.max(0, Math.min(length, this.size - offset))
    let room = this.#scratch
    if (room.length < size) room = new Uint8Array(size)
    if (room.length <= MAX_SCRATCH_BYTES) this.#scratch = room
    const bytes = room.subarray(0, size)
    return bytes.subarray(
      0,
      this.#read(number => readFully(number, bytes, offset)),
    )
  }

  #read(act: (descriptor: number) => number): number {
    const { number } = this.#descriptor
    if (number === undefined) return 0
    try {
      return act(number)
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
