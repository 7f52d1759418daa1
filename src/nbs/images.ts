/**
 * Boot images by name, as an NBS serves them: any case, both kinds of slashes (NBS-4), nothing outside the store. Kept in
 * memory here; `image-directory.ts` reads them from disk.
 */
import type { TftpFile, TftpFiles, TftpRefusal } from '../protocol/tftp/files.ts'
import { isRefusal } from '../protocol/tftp/files.ts'
import { requestPath } from '../protocol/tftp/request-path.ts'
import { TFTP_ERROR } from '../wire/tftp/packet.ts'

export interface ImageStore extends TftpFiles {
  /** Names for display: the files' own case, `/` between directories, sorted. */
  list(): readonly string[]
}

/** What a store holds under a key: a file, or the reason why a name that exists is not served. */
export type ImageEntry = TftpFile | TftpRefusal

export const memoryImages = (files: Readonly<Record<string, Uint8Array>>): ImageStore => {
  const entries = new Map<string, ImageEntry>()
  for (const [name, bytes] of Object.entries(files)) {
    const path = requestPath(name)
    if (!path.ok) throw new RangeError(`image ${name}: ${path.reason}`)
    entries.set(path.key, memoryFile(path.path, bytes))
  }
  return imageStore(entries)
}

export const memoryFile = (name: string, bytes: Uint8Array): TftpFile => ({
  name,
  size: bytes.length,
  lasting: true,
  read: (offset, length) => bytes.subarray(offset, offset + length),
})

/** A store over entries by key (`requestPath`). A directory is known by the files in it, and is not served. */
export const imageStore = (entries: ReadonlyMap<string, ImageEntry>): ImageStore => {
  const names = [...entries.values()]
    .flatMap(entry => (isRefusal(entry) ? [] : [entry.name]))
    .sort(byCodeUnits)
  const directories = new Set<string>()
  for (const key of entries.keys())
    for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1))
      directories.add(key.slice(0, end))
  return {
    list: () => names,
    open: raw => {
      const path = requestPath(raw)
      if (!path.ok) return { code: TFTP_ERROR.accessViolation, message: path.reason }
      const entry = entries.get(path.key)
      if (entry) return entry
      return directories.has(path.key)
        ? { code: TFTP_ERROR.accessViolation, message: 'is a directory' }
        : { code: TFTP_ERROR.fileNotFound, message: 'file not found' }
    },
  }
}

/**
 * The store without some images: for an NBS on which one is missing. A pattern is a name, with `*` for any
 * characters, slashes too; it also takes away what lies under a directory of that name.
 */
export const withoutImages = (store: ImageStore, patterns: readonly string[]): ImageStore => {
  const parsed = patterns.map(pattern =>
    pattern
      .replaceAll('\\', '/')
      .replace(/^\/+|\/+$/g, '')
      .toLowerCase()
      .split('*'),
  )
  const isHidden = (name: string): boolean => {
    const path = requestPath(name)
    return path.ok && parsed.some(parts => matchesSelfOrParent(path.key, parts))
  }
  return {
    list: () => store.list().filter(name => !isHidden(name)),
    open: raw =>
      isHidden(raw) ? { code: TFTP_ERROR.fileNotFound, message: 'file not found' } : store.open(raw),
  }
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const matchesSelfOrParent = (key: string, parts: readonly string[]): boolean => {
  for (let end = key.length; end > 0; end = key.lastIndexOf('/', end - 1))
    if (matches(key.slice(0, end), parts)) return true
  return false
}

/** `parts` are what stands between the `*`; linear, where a regular expression could be made to backtrack. */
const matches = (text: string, parts: readonly string[]): boolean => {
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let from = first.length
  for (const part of rest) {
    const at = text.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return text.length - last.length >= from && text.endsWith(last)
}
