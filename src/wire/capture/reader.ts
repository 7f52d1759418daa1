/**
 * Reads capture files of any size in chunks: pcap and pcapng. A damaged file gives one issue and everything that was
 * read before. Memory does not grow with the file, if what can be taken is taken after each push. Does not decode
 * frames (`decodeLink`) and does not unpack compressed files.
 */
import type { Issue } from '../../core/decoded.ts'
import { ByteQueue } from './byte-queue.ts'
import { MAX_ISSUES, broken } from './format.ts'
import type { CaptureFormat, Writable } from './format.ts'
import { pcapFormat } from './read-pcap.ts'
import { pcapngFormat } from './read-pcapng.ts'
import type { CaptureCursor, CaptureInterface, CapturedFrame } from './record.ts'

/**
 *     reader.push(chunk)
 *     for (let frame = reader.take(); frame; frame = reader.take()) …
 *     reader.end()
 *
 * or, where a frame need not be kept, `while (reader.next()) … reader.cursor …`, which makes no copy.
 */
export class CaptureReader {
  readonly cursor: CaptureCursor
  readonly #cursor: Writable<CaptureCursor>
  readonly #queue = new ByteQueue()
  readonly #issues: Issue[] = []
  #format: CaptureFormat | undefined
  #broken = false

  constructor() {
    const { buffer } = this.#queue
    this.#cursor = { at: 0, iface: 0, linkType: 0, buffer, start: 0, end: 0, originalLength: 0 }
    this.cursor = this.#cursor
  }

  /** Those described so far; `CapturedFrame.iface` is an index into them. Classic pcap has one without a name. */
  get interfaces(): readonly CaptureInterface[] {
    return this.#format?.interfaces ?? []
  }

  /** Offsets are those of the file. */
  get issues(): readonly Issue[] {
    return this.#issues
  }

  /** The chunk is copied: the caller may use it again. */
  push(chunk: Uint8Array): void {
    if (!this.#broken) this.#queue.push(chunk)
  }

  /** To read a file into, instead of `push`: `fill` is given room for `count` bytes and says how many it wrote. */
  pushFrom(count: number, fill: (room: Uint8Array) => number): number {
    if (this.#broken) return 0
    const length = fill(this.#queue.space(count))
    this.#queue.grow(length)
    return length
  }

  /** Shows the next frame in `cursor`; false until more is pushed. */
  next(): boolean {
    while (!this.#broken) {
      this.#format ??= this.#recognise()
      const step = this.#format?.step(this.#cursor) ?? 'more'
      if (step === 'frame') return true
      if (step === 'more') return false
      if (step !== 'passed') this.#fail(step)
    }
    return false
  }

  /** The next frame, to be kept; undefined until more is pushed. */
  take(): CapturedFrame | undefined {
    return this.next() ? ownFrame(this.cursor) : undefined
  }

  /** No more will come: what is left over is half a record. */
  end(): void {
    if (this.#broken || (this.#format && this.#queue.length === 0)) return
    const message = this.#format ? 'the file ends inside a record' : 'the file is too short for a capture'
    this.#fail({ ...broken('capture.truncated', this.#queue.position, message), severity: 'violation' })
  }

  #recognise(): CaptureFormat | undefined {
    const queue = this.#queue
    if (queue.length < 4) return undefined
    const format = pcapFormat(queue) ?? pcapngFormat(queue, issue => this.#report(issue))
    if (!format) this.#fail(broken('capture.format', 0, unknownFormat(queue)))
    return format
  }

  #report(issue: Issue): void {
    if (this.#issues.length < MAX_ISSUES) this.#issues.push(issue)
  }

  /** The one issue that ends the reading is kept even when there were too many before. */
  #fail(issue: Issue): void {
    this.#issues.push(issue)
    this.#broken = true
    this.#queue.drop(this.#queue.length)
  }
}

/** The frame that a cursor shows, with bytes of its own. */
export const ownFrame = ({
  at,
  iface,
  linkType,
  buffer,
  start,
  end,
  originalLength,
}: CaptureCursor): CapturedFrame => ({
  at,
  iface,
  linkType,
  bytes: buffer.slice(start, end),
  ...(originalLength > end - start && { originalLength }),
})

/** The whole of a capture that is in memory already. */
export const readCapture = (
  bytes: Uint8Array,
): {
  readonly frames: readonly CapturedFrame[]
  readonly interfaces: readonly CaptureInterface[]
  readonly issues: readonly Issue[]
} => {
  const reader = new CaptureReader()
  const frames: CapturedFrame[] = []
  reader.push(bytes)
  for (let frame = reader.take(); frame; frame = reader.take()) frames.push(frame)
  reader.end()
  return { frames, interfaces: reader.interfaces, issues: reader.issues }
}

const unknownFormat = (queue: ByteQueue): string => {
  const first = Array.from({ length: 4 }, (_, i) => queue.u8(i).toString(16).padStart(2, '0')).join('')
  return FORMATS.find(([magic]) => first.startsWith(magic))?.[1] ?? 'neither pcap nor pcapng'
}

/** Files that people have in place of a capture, by their first bytes, and how to come from them to one. */
const FORMATS: readonly (readonly [magic: string, advice: string])[] = [
  ['1f8b', 'a gzip file: unpack it first (gunzip)'],
  ['28b52ffd', 'a Zstandard file: unpack it first (unzstd)'],
  ['04224d18', 'an LZ4 file: unpack it first (unlz4)'],
  ['fd377a58', 'an xz file: unpack it first (unxz)'],
  ['425a68', 'a bzip2 file: unpack it first (bunzip2)'],
  ['504b0304', 'a zip archive: unpack it first (unzip)'],
  ['736e6f6f', 'a snoop capture (RFC 1761): convert it first (editcap IN OUT.pcapng)'],
  ['474d4255', 'a Microsoft Network Monitor capture: convert it first (editcap IN OUT.pcapng)'],
  ['52545353', 'a Microsoft Network Monitor capture: convert it first (editcap IN OUT.pcapng)'],
]
