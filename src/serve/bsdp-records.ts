/**
 * The records of a BSDP server in a file that survives a kill at any moment: changes are appended, each a line with
 * its checksum, and on disk (fsync) before `put` returns, so before the client hears of its binding. A line that a
 * crash left half written is cut off at the next start. Rewritten when most lines are outdated. A second process that
 * opens it is refused (`file-lock.ts`).
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { type Mac, formatIp4, formatMac, parseIp4, parseMac, ANY_IP4 } from '../core/address.ts'
import { type BsdpRecord, type BsdpRecords, MemoryRecords } from '../protocol/bsdp/records.ts'
import { formatImageId } from '../wire/bsdp/image-id.ts'
import { lockFile } from './file-lock.ts'

/** So many lines more than records, and the file is written anew. */
export const MAX_OUTDATED_RECORD_LINES = 4096

export interface BsdpRecordFile extends BsdpRecords {
  /** Lines that could not be read and were left out: a disk that lies. A line cut short by a crash is none. */
  readonly damaged: number
  all(): IterableIterator<BsdpRecord>
  close(): void
}

/**
 * Reads the file, or makes it. Throws what the file system throws, and if another process has it; later, when a disk is full, say, the records go on in
 * memory and `onFault` is told of each change that is not on disk.
 */
export const openBsdpRecords = (path: string, onFault: (why: Error) => void = rethrow): BsdpRecordFile =>
  new RecordFile(path, onFault)

const rethrow = (why: Error): never => {
  throw why
}

const NEWLINE = 0x0a

type Line =
  | { readonly put: StoredRecord }
  | { readonly delete: string }
  /** Of records that are gone, so that no name is given twice. */
  | { readonly highest: number }

interface StoredRecord {
  readonly mac: string
  readonly name: string
  readonly number: number
  readonly arch: string
  readonly model: string
  readonly image: string
  readonly bound: boolean
  readonly ip: string
  /** For people. */
  readonly at: string
}

class RecordFile implements BsdpRecordFile {
  damaged = 0
  readonly #path: string
  readonly #onFault: (why: Error) => void
  readonly #records = new MemoryRecords()
  readonly #unlock: () => void
  #highest = 0
  #lines = 0
  #isTorn = false
  #file: number

  constructor(path: string, onFault: (why: Error) => void) {
    this.#path = path
    this.#onFault = onFault
    mkdirSync(dirname(path), { recursive: true })
    this.#unlock = lockFile(path)
    const intact = existsSync(path) ? this.#load(readFileSync(path)) : 0
    this.#file = openSync(path, 'a+', 0o600)
    ftruncateSync(this.#file, intact)
    fsyncSync(this.#file)
    syncDirectory(path)
    this.#rewriteIfOutdated()
  }

  get size(): number {
    return this.#records.size
  }

  get highestNumber(): number {
    return Math.max(this.#highest, this.#records.highestNumber)
  }

  get(mac: Mac): BsdpRecord | undefined {
    return this.#records.get(mac)
  }

  all(): IterableIterator<BsdpRecord> {
    return this.#records.all()
  }

  put(record: BsdpRecord): void {
    const known = this.#records.get(record.mac)
    // The time of the last boot is of this run only, so it is not worth a wait for the disk.
    if (!known || !isSame(known, record)) this.#append({ put: stored(record) })
    const dropped = this.#records.put(record)
    if (dropped !== undefined) this.#append({ delete: formatMac(dropped) })
    this.#rewriteIfOutdated()
  }

  delete(mac: Mac): void {
    if (!this.#records.get(mac)) return
    this.#append({ delete: formatMac(mac) })
    this.#records.delete(mac)
  }

  close(): void {
    closeSync(this.#file)
    this.#unlock()
  }

  #append(line: Line): void {
    try {
      // What a failed write has left behind ends with its own line.
      writeWhole(this.#file, `${this.#isTorn ? '\n' : ''}${lineOf(line)}`)
      fsyncSync(this.#file)
      this.#isTorn = false
    } catch (error) {
      this.#isTorn = true
      this.#onFault(error as Error)
    }
    this.#lines++
  }

  /** Returns how many bytes are whole lines. */
  #load(bytes: Uint8Array): number {
    const intact = bytes.lastIndexOf(NEWLINE) + 1
    const lines = new TextDecoder().decode(bytes.subarray(0, intact)).split('\n').slice(0, -1)
    lines.forEach(line => {
      const read = readLine(line)
      if (read) this.#apply(read)
      else this.damaged++
    })
    this.#lines = lines.length
    return intact
  }

  #apply(line: Line): void {
    if ('highest' in line) {
      this.#highest = Math.max(this.#highest, line.highest)
      return
    }
    const mac = parseMac('put' in line ? line.put.mac : line.delete)
    if (mac === undefined) this.damaged++
    else if ('delete' in line) this.#records.delete(mac)
    else this.#records.put(restored(mac, line.put))
  }

  #rewriteIfOutdated(): void {
    if (this.#lines - this.#records.size <= MAX_OUTDATED_RECORD_LINES) return
    try {
      this.#rewrite()
    } catch (error) {
      this.#lines = this.#records.size // tried again after as many more
      this.#onFault(error as Error)
    }
  }

  /** The new file is whole before it takes the old one's name. */
  #rewrite(): void {
    const fresh = `${this.#path}.new`
    const lines = [
      { highest: this.highestNumber },
      ...[...this.#records.all()].map(record => ({ put: stored(record) })),
    ]
    const file = openSync(fresh, 'w', 0o600)
    writeFileSync(file, lines.map(lineOf).join(''))
    fsyncSync(file)
    closeSync(file)
    renameSync(fresh, this.#path)
    syncDirectory(this.#path)
    closeSync(this.#file)
    this.#file = openSync(this.#path, 'a+', 0o600)
    this.#lines = lines.length
  }
}

const lineOf = (line: Line): string => {
  const text = JSON.stringify(line)
  return `${checksum(text)} ${text}\n`
}

const readLine = (line: string): Line | undefined => {
  const text = line.slice(9)
  if (line.slice(0, 8) !== checksum(text)) return undefined
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0')

const stored = (record: BsdpRecord): StoredRecord => ({
  mac: formatMac(record.mac),
  name: record.name,
  number: record.number,
  arch: record.architecture,
  model: record.systemId,
  image: formatImageId(record.image),
  bound: record.bound,
  ip: formatIp4(record.address),
  at: new Date().toISOString(),
})

const restored = (mac: Mac, line: StoredRecord): BsdpRecord => ({
  mac,
  name: line.name,
  number: line.number,
  architecture: line.arch,
  systemId: line.model,
  image: Number(line.image),
  bound: line.bound,
  address: parseIp4(line.ip) ?? ANY_IP4,
  lastBoot: 0,
})

const isSame = (a: BsdpRecord, b: BsdpRecord): boolean =>
  a.name === b.name &&
  a.number === b.number &&
  a.architecture === b.architecture &&
  a.systemId === b.systemId &&
  a.image === b.image &&
  a.bound === b.bound &&
  a.address === b.address

const writeWhole = (file: number, text: string): void => {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}

/** So that a new file is found after a power failure. */
const syncDirectory = (path: string): void => {
  const directory = openSync(dirname(path), 'r')
  fsyncSync(directory)
  closeSync(directory)
}
