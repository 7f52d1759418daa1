/**
 * Capture files, read in pieces and told in order of time, whatever the order in which they were named: pieces of a
 * ring buffer, or captures that ran beside each other. Memory does not grow with the files; packed ones are unpacked as
 * they are read. Does not look into frames.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import type { CaptureCursor } from '../wire/capture/index.ts'
import { CaptureReader } from '../wire/capture/index.ts'
import { type Fill, unpacking } from './unpack.ts'

/** Open at the same time; a ring buffer of more pieces is joined first (`mergecap -w all.pcapng *.pcap`). */
export const MAX_CAPTURE_FILES = 256
/** Bytes read at a time, all files together. */
const CHUNKS = 1 << 24
/** Bytes read at a time from one file. */
const MAX_CHUNK_BYTES = 1 << 22

export interface CaptureSource {
  /** As it was named; `-` is standard input. */
  readonly file: string
  frames: number
  /** Frames of which the capture holds less than was on the wire. */
  cut: number
  /** What is wrong with it, and how to mend that. */
  readonly issues: string[]
  readonly reader: CaptureReader
  /** Where it was taken; known as soon as it is read. */
  place: CapturePlace
}

/**
 * Files that follow one another are pieces of one capture, such as those of a ring buffer; a file that begins before
 * another has ended was taken elsewhere, and what is seen there is seen on another segment.
 */
export interface CapturePlace {
  /** Of its first file. */
  readonly name: string
  readonly isFirst: boolean
}

export const newSource = (file: string): CaptureSource => ({
  file,
  frames: 0,
  cut: 0,
  issues: [],
  reader: new CaptureReader(),
  place: { name: 'capture', isFirst: true },
})

/** `number` is that of the frame within its source, from 1, as Wireshark counts. What the cursor shows is not kept. */
export type TakeFrame = (frame: CaptureCursor, source: CaptureSource, number: number) => void

/** What cannot be read is said in the source's `issues`; never throws for a file's content or absence. */
export const readCaptureFiles = (sources: readonly CaptureSource[], take: TakeFrame): void => {
  const chunk = Math.min(MAX_CHUNK_BYTES, Math.ceil(CHUNKS / sources.length))
  const open = sources.map(source => new OpenFile(source, chunk))
  // The file whose next frame is the earliest is first. Pieces of one capture never change places.
  const queue = open.filter(file => file.head !== undefined)
  queue.sort((a, b) => a.head!.at - b.head!.at)
  const places = new Places()
  for (let file = queue[0]; file?.head; file = queue[0]) {
    const { source } = file
    if (source.frames === 1) source.place = places.begin(source.file)
    take(file.head, source, source.frames)
    file.advance()
    if (!file.head) {
      queue.shift()
      places.end(source.place)
    } else if (queue[1] && queue[1].head!.at < file.head.at) settle(queue)
  }
}

class Places {
  readonly #ended: CapturePlace[] = []
  #count = 0

  /** A file goes on where one has ended, the one with the likest name; if none has, it is a place of its own. */
  begin(file: string): CapturePlace {
    const name = basename(file)
    const likest = this.#ended
      .map(place => ({ place, likeness: commonStart(place.name, name) }))
      .sort((a, b) => b.likeness - a.likeness)[0]?.place
    if (likest) this.#ended.splice(this.#ended.indexOf(likest), 1)
    return likest ?? { name, isFirst: this.#count++ === 0 }
  }

  end(place: CapturePlace): void {
    this.#ended.push(place)
  }
}

const commonStart = (a: string, b: string): number => {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

/** The first of the queue moves back to its place; the others are in order. */
const settle = (queue: OpenFile[]): void => {
  const moved = queue[0]!
  const { at } = moved.head!
  let i = 1
  for (; i < queue.length && queue[i]!.head!.at < at; i++) queue[i - 1] = queue[i]!
  queue[i - 1] = moved
}

/** A capture that comes as a stream, such as `tcpdump -w -` on standard input. */
export const readCaptureStream = async (
  source: CaptureSource,
  chunks: AsyncIterable<Uint8Array>,
  take: TakeFrame,
): Promise<void> => {
  for await (const chunk of chunks) {
    source.reader.push(chunk)
    while (next(source)) take(source.reader.cursor, source, source.frames)
  }
  finish(source)
}

/** A pipe or a device could keep everybody waiting; standard input has a name of its own. */
const openedRegular = (file: string): number => {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  if (fstatSync(handle).isFile()) return handle
  closeSync(handle)
  throw new Error('is not a regular file; a pipe is read by -, from standard input')
}

class OpenFile {
  readonly source: CaptureSource
  head: CaptureCursor | undefined
  readonly #chunk: number
  readonly #fill: Fill
  #handle: number | undefined

  constructor(source: CaptureSource, chunk: number) {
    this.source = source
    this.#chunk = chunk
    this.#fill = unpacking(
      room => (this.#handle === undefined ? 0 : this.#read(this.#handle, room)),
      why => void source.issues.push(why),
    )
    try {
      this.#handle = openedRegular(source.file)
    } catch (error) {
      source.issues.push(describeFailure(error))
      return
    }
    this.advance()
  }

  advance(): void {
    const { source } = this
    for (;;) {
      this.head = next(source) ? source.reader.cursor : undefined
      if (this.head !== undefined || this.#handle === undefined) return
      const handle = this.#handle
      if (source.reader.pushFrom(this.#chunk, this.#fill) === 0) this.#close(handle)
    }
  }

  #read(handle: number, room: Uint8Array): number {
    try {
      return readSync(handle, room)
    } catch (error) {
      this.source.issues.push(describeFailure(error))
      return 0
    }
  }

  #close(handle: number): void {
    closeSync(handle)
    this.#handle = undefined
    if (this.source.issues.length === 0) finish(this.source)
  }
}

const next = (source: CaptureSource): boolean => {
  const { reader } = source
  if (!reader.next()) return false
  source.frames++
  const { start, end, originalLength } = reader.cursor
  if (originalLength > end - start) source.cut++
  return true
}

const finish = (source: CaptureSource): void => {
  source.reader.end()
  for (const { message, offset, code, severity } of source.reader.issues) {
    const where = code === 'capture.format' ? '' : ` (at byte ${offset})`
    const stops = code !== 'capture.format' && (severity === 'fatal' || code === 'capture.truncated')
    const upTo = stops && source.frames > 0 ? `; analysed up to there, ${source.frames} frames` : ''
    source.issues.push(message + where + upTo + remedyFor(message, source))
  }
}

const TOO_SHORT = 'the file is too short for a capture'
const NO_CAPTURE = 'neither pcap nor pcapng'

/** Where nothing at all was read; other messages of the reader have their remedy with them. */
const remedyFor = (message: string, { file, frames }: CaptureSource): string => {
  if (frames > 0) return ''
  if (message === TOO_SHORT) return '; did the capture program end, or was it stopped at its start?'
  if (message !== NO_CAPTURE) return ''
  return /\.ya?ml$/i.test(file)
    ? '; a scenario is run by nbs run'
    : '; write captures with tcpdump -w, dumpcap or Wireshark'
}

const FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a directory, not a capture',
  EACCES: 'may not be read: change its permissions, or run as a user who may',
  EMFILE: 'too many files are open: join them first (mergecap -w all.pcapng FILE…)',
}

const describeFailure = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException
  return FAILURES[code] ?? `cannot be read: ${message}`
}
