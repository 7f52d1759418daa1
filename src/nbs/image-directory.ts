/**
 * Boot images from a directory tree, read once: small files into memory, large ones through a descriptor that stays
 * open until `close()`. What cannot be served has a name that is answered with a refusal. Does not notice files that come
 * later: load again (`image-reload.ts`).
 */
import type { TftpFile } from '../protocol/tftp/files.ts'
import { TFTP_ERROR } from '../wire/tftp/packet.ts'
import { type KnownFiles, type TreeEntry, treeEntries } from './image-tree.ts'
import type { ImageEntry, ImageStore } from './images.ts'
import { imageStore, memoryFile } from './images.ts'
import { LargeFile } from './large-file.ts'

export { MAX_IN_MEMORY_SIZE } from './image-tree.ts'

interface Loaded {
  readonly stamp: string
  /** In memory; undefined: it is open. */
  readonly bytes: number | undefined
  readonly file: TftpFile | LargeFile
}

export interface ImageDirectory extends ImageStore {
  /** Names that exist but are not served, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[]
  /** The files by name, for the next load. */
  readonly loaded: ReadonlyMap<string, Loaded> & KnownFiles
  /** Gives the descriptors back; transfers of large files still under way then fail. */
  close(): void
}

export const loadImages = (directory: string): ImageDirectory => {
  const images = new GatheredImages()
  try {
    for (const entry of treeEntries(directory)) images.add(entry)
  } catch (error) {
    images.close()
    throw error
  }
  return images.done()
}

export class GatheredImages {
  readonly #entries = new Map<string, ImageEntry>()
  readonly #refused: { name: string; reason: string }[] = []
  readonly #loaded = new Map<string, Loaded>()
  readonly #open: LargeFile[] = []
  readonly #before: ImageDirectory['loaded']

  /** `before`: what is `known`; those files are the same objects, so that nothing made of them is made again. */
  constructor(before: ImageDirectory['loaded'] = new Map<string, Loaded>()) {
    this.#before = before
  }

  add({ name, key, found }: TreeEntry): void {
    if (found.kind === 'refused') {
      this.#refused.push({ name, reason: found.reason })
      if (key !== undefined)
        this.#entries.set(key, { code: TFTP_ERROR.accessViolation, message: found.reason })
      return
    }
    const loaded = found.kind === 'known' ? this.#before.get(name) : loadedFrom(name, found)
    if (!loaded || key === undefined) return
    if (loaded.file instanceof LargeFile)
      this.#open.push(found.kind === 'known' ? loaded.file.share() : loaded.file)
    this.#loaded.set(name, loaded)
    this.#entries.set(key, loaded.file)
  }

  done(): ImageDirectory {
    return {
      ...imageStore(this.#entries),
      refused: this.#refused,
      loaded: this.#loaded,
      close: () => this.close(),
    }
  }

  close(): void {
    for (const file of this.#open.splice(0)) file.release()
  }
}

const loadedFrom = (name: string, found: Extract<TreeEntry['found'], { readonly stamp: string }>): Loaded => {
  const { stamp } = found
  return found.kind === 'read'
    ? { stamp, bytes: found.bytes.length, file: memoryFile(name, found.bytes) }
    : { stamp, bytes: undefined, file: new LargeFile(name, found.size, found.descriptor) }
}
