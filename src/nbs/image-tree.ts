/**
 * Walks a directory tree of boot images, and reads or opens what can be served. What leads out of the tree, or is no
 * file, is told as refused. A file that is known from an earlier walk, and has not changed, is not read again. Blocks as
 * the disk does: whoever must not wait runs it elsewhere (`image-reload.ts`). Keeps nothing.
 */
import {
  type BigIntStats,
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
import { requestPath } from '../protocol/tftp/request-path.ts'

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

export interface TreeEntry {
  /** `/` between directories, in the files' own case. */
  readonly name: string
  /** By which it is asked for (`requestPath`); undefined: nobody can. */
  readonly key: string | undefined
  readonly found:
    | { readonly kind: 'refused'; readonly reason: string }
    /** As it was when it was known. */
    | { readonly kind: 'known' }
    | { readonly kind: 'read'; readonly stamp: string; readonly bytes: Uint8Array<ArrayBuffer> }
    /** The descriptor is the taker's to close. */
    | { readonly kind: 'open'; readonly stamp: string; readonly size: number; readonly descriptor: number }
}

export interface KnownFile {
  readonly stamp: string
  /** In memory; undefined: it is open. */
  readonly bytes: number | undefined
}

/** By name. */
export type KnownFiles = ReadonlyMap<string, KnownFile>

/** Throws if there is no such directory, or more in it than can be served. */
export function* treeEntries(directory: string, known: KnownFiles = new Map()): Generator<TreeEntry> {
  const root = realpathSync(directory)
  if (!statSync(root).isDirectory()) throw new Error(`${directory} is not a directory`)
  yield* new Walk(root, known).folder(root, '', [root])
}

/** Another one once somebody has written into the file, or put another into its place. */
export const stampOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ')

class Walk {
  readonly #root: string
  readonly #known: KnownFiles
  readonly #keys = new Set<string>()
  #inMemory = 0
  #open = 0

  constructor(root: string, known: KnownFiles) {
    this.#root = root
    this.#known = known
  }

  /** `ancestors` are real paths: a link back to one of them would never end. */
  *folder(real: string, prefix: string, ancestors: readonly string[]): Generator<TreeEntry> {
    if (ancestors.length > MAX_IMAGE_DEPTH)
      throw new Error(`${prefix}: more than ${MAX_IMAGE_DEPTH} directories deep`)
    const entries = readdirSync(real, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`
      const path = requestPath(name)
      if (!path.ok) yield refused(name, undefined, path.reason)
      else if (path.path !== name.normalize('NFC')) yield refused(name, undefined, 'unusual name')
      else yield* this.#entry(join(real, entry.name), entry.isSymbolicLink(), name, path.key, ancestors)
      if (this.#keys.size > MAX_IMAGE_FILES)
        throw new Error(`${this.#root}: more than ${MAX_IMAGE_FILES} files`)
    }
  }

  *#entry(
    path: string,
    isLink: boolean,
    name: string,
    key: string,
    ancestors: readonly string[],
  ): Generator<TreeEntry> {
    // Of names that differ in case only, the first in order is served.
    if (this.#keys.has(key)) return yield refused(name, undefined, 'differs from another name in case only')
    try {
      const real = isLink ? realpathSync(path) : path
      // With the separator: `root-private` begins with `root`, but is not in it.
      if (real !== this.#root && !real.startsWith(this.#root + sep))
        return yield this.#refused(name, key, 'leads out of the images')
      const status = statSync(real, { bigint: true })
      if (status.isDirectory()) {
        if (ancestors.includes(real)) yield this.#refused(name, key, 'leads back to its own parent')
        else yield* this.folder(real, name, [...ancestors, real])
      } else if (status.isFile()) {
        const found = this.#file(real, name, stampOf(status))
        this.#keys.add(key)
        yield { name, key, found }
      } else yield this.#refused(name, key, 'is not a file')
    } catch (error) {
      if (!isSystemError(error)) throw error
      yield this.#refused(name, key, `cannot be read (${error.code})`)
    }
  }

  #refused(name: string, key: string, reason: string): TreeEntry {
    this.#keys.add(key)
    return refused(name, key, reason)
  }

  #file(real: string, name: string, stamp: string): TreeEntry['found'] {
    const known = this.#known.get(name)
    if (known?.stamp !== stamp || !known) return this.#load(real)
    if (known.bytes === undefined) this.#countOpen()
    else this.#inMemory += known.bytes
    return { kind: 'known' }
  }

  #load(real: string): TreeEntry['found'] {
    // The name was resolved: if it is a link by now, somebody is playing tricks; if it is a pipe, it must not block.
    const descriptor = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    let keep = false
    try {
      const status = fstatSync(descriptor, { bigint: true })
      if (!status.isFile()) return { kind: 'refused', reason: 'is not a file' }
      const size = Number(status.size)
      const stamp = stampOf(status)
      if (size <= MAX_IN_MEMORY_SIZE && this.#inMemory + size <= MAX_IN_MEMORY_TOTAL) {
        const bytes = new Uint8Array(size)
        const length = readFully(descriptor, bytes, 0)
        this.#inMemory += length
        return { kind: 'read', stamp, bytes: length === size ? bytes : bytes.slice(0, length) }
      }
      this.#countOpen()
      keep = true
      return { kind: 'open', stamp, size, descriptor }
    } finally {
      if (!keep) closeSync(descriptor)
    }
  }

  #countOpen(): void {
    if (this.#open >= MAX_OPEN_IMAGES) throw new Error(`more than ${MAX_OPEN_IMAGES} large images`)
    this.#open++
  }
}

const refused = (name: string, key: string | undefined, reason: string): TreeEntry => ({
  name,
  key,
  found: { kind: 'refused', reason },
})

/** How much there was. Throws what the system says. */
export const readFully = (descriptor: number, into: Uint8Array, position: number): number => {
  let length = 0
  while (length < into.length) {
    const got = readSync(descriptor, into, length, into.length - length, position + length)
    if (got === 0) break
    length += got
  }
  return length
}

export const isSystemError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && typeof (error as { code?: unknown }).code === 'string'
