/**
 * The file of a sweep: a header line and one line per run in the order of the plan. Can be interrupted at any byte:
 * opened again, it goes on after the last complete line. Does not run anything.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { runAt } from '../../scenario/sweep.ts'
import {
  type SweepHeader,
  type SweepRecord,
  differences,
  parseHeader,
  parseRecord,
  planOf,
} from '../../scenario/sweep-record.ts'
import { UsageError } from '../exit.ts'
import { reasonOf } from './source.ts'

/** No line of ours comes near it; a file with longer ones is another file. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024
/** What a power cut may cost. */
const SYNC_SECONDS = 1

const LINE_FEED = 10

/** Complete lines, without their line feed, and where each ends. What stands after the last line feed is left out. */
export function* linesOf(
  fd: number,
  path: string,
): Generator<{ readonly text: string; readonly end: number }> {
  let rest = Buffer.alloc(0)
  let [read, end] = [0, 0]
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const size = readSync(fd, chunk, 0, CHUNK_BYTES, read)
    if (size === 0) return
    read += size
    rest = Buffer.concat([rest, chunk.subarray(0, size)])
    let from = 0
    for (let at = rest.indexOf(LINE_FEED); at >= 0; at = rest.indexOf(LINE_FEED, from)) {
      end += at + 1 - from
      yield { text: rest.toString('utf8', from, at), end }
      from = at + 1
    }
    rest = rest.subarray(from)
    if (rest.length > MAX_LINE_BYTES)
      throw new UsageError(`${path}: a line of more than ${MAX_LINE_BYTES} bytes`)
  }
}

export interface ReadSweep {
  readonly header: SweepHeader
  /** Stops before the first line that is not the record that the plan has there. */
  records(): Generator<SweepRecord & { readonly line: string }>
  close(): void
}

export const readSweep = (path: string): ReadSweep => {
  const fd = opened(path, 'r')
  const lines = linesOf(fd, path)
  const first = lines.next()
  const header = first.done ? undefined : parseHeader(first.value.text)
  if (!header) {
    closeSync(fd)
    throw new UsageError(
      `${path} is not a file that nbs sweep --out wrote: its first line is no sweep header`,
    )
  }
  return {
    header,
    *records() {
      for (const { text, record } of validRecords(lines, header)) yield { ...record, line: text }
    },
    close: () => closeSync(fd),
  }
}

function* validRecords(
  lines: Iterable<{ readonly text: string; readonly end: number }>,
  header: SweepHeader,
): Generator<{ readonly text: string; readonly end: number; readonly record: SweepRecord }> {
  const plan = planOf(header)
  let position = 0
  for (const { text, end } of lines) {
    const record = position < header.runs ? parseRecord(text) : undefined
    if (record?.run !== runAt(plan, position).run) return
    yield { text, end, record }
    position++
  }
}

export interface SweepFile {
  /** Runs that were in the file when it was opened. */
  readonly done: number
  append(lines: readonly string[]): void
  close(): void
}

/** Makes the file or goes on with it; `known` gets every record that is in it already. */
export const openSweepFile = (
  path: string,
  header: SweepHeader,
  known: (record: SweepRecord) => void,
): SweepFile => {
  const fd = opened(path, 'a+')
  try {
    const done = resume(fd, path, header, known)
    let synced = performance.now()
    return {
      done,
      append: lines => {
        write(fd, path, `${lines.join('\n')}\n`)
        if (performance.now() - synced < SYNC_SECONDS * 1000) return
        fsyncSync(fd)
        synced = performance.now()
      },
      close: () => {
        fsyncSync(fd)
        closeSync(fd)
      },
    }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Cuts off what is not a complete record in its place, and says how many are left. */
const resume = (
  fd: number,
  path: string,
  header: SweepHeader,
  known: (record: SweepRecord) => void,
): number => {
  const headerText = JSON.stringify(header)
  const size = fstatSync(fd).size
  const lines = linesOf(fd, path)
  const first = lines.next()
  if (first.done) {
    // New, or cut off within its first line; anything else without a line feed is not ours.
    const begun = Buffer.alloc(Math.min(size, MAX_LINE_BYTES))
    readSync(fd, begun, 0, begun.length, 0)
    if (!Buffer.from(headerText).subarray(0, begun.length).equals(begun)) throw new UsageError(notOurs(path))
    ftruncateSync(fd, 0)
    write(fd, path, `${headerText}\n`)
    return 0
  }
  if (first.value.text !== headerText) throw new UsageError(otherPlan(path, header, first.value.text))
  let [done, { end }] = [0, first.value]
  for (const line of validRecords(lines, header)) {
    known(line.record)
    done++
    end = line.end
  }
  ftruncateSync(fd, end)
  return done
}

const notOurs = (path: string): string =>
  `${path} is there already and holds something else; name another --out`

const otherPlan = (path: string, ours: SweepHeader, line: string): string => {
  const theirs = parseHeader(line)
  if (!theirs) return notOurs(path)
  const what = differences(ours, theirs)
  if (ours.shard.join() !== theirs.shard.join())
    what.push(`shard ${theirs.shard.join('/')} instead of ${ours.shard.join('/')}`)
  return `${path} holds the results of another sweep (${what.join('; ')}); name another --out, or remove the file`
}

const opened = (path: string, flags: 'r' | 'a+'): number => {
  let fd: number
  try {
    fd = openSync(path, flags)
  } catch (error) {
    throw new UsageError(`${path} cannot be ${flags === 'r' ? 'read' : 'written'}: ${reasonOf(error)}`)
  }
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw new UsageError(`${path} is not a regular file`)
}

/** At the end, wherever that is: the file is open for appending. */
const write = (fd: number, path: string, text: string): void => {
  const bytes = Buffer.from(text)
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written)
  } catch (error) {
    throw new UsageError(
      `${path} cannot be written any further: ${reasonOf(error)}; what is in it counts: make room and start again`,
    )
  }
}
