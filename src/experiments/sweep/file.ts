/**
 * The file of a sweep, or of a shard of it: one line per run in the order of the plan, and nothing else. Can be
 * interrupted at any byte: opened again, it goes on after the last complete line. Does not run anything.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs'
import { performance } from 'node:perf_hooks'
import { type SweepPlan, runAt, shardRunCount } from './plan.ts'
import { type SweepIdentity, type SweepRecord, differences, lineStart, parseRecord } from './record.ts'
import { UsageError } from '../../core/exit.ts'
import { reasonOf } from './source.ts'

/** No line of ours comes near it; a file with longer ones is another file. */
const MAX_LINE_BYTES = 16 * 1024 * 1024
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
  readonly sweep: SweepIdentity
  /** By rising run. Stops before the first line that is not a later record of the same sweep. */
  records(): Generator<SweepRecord & { readonly line: string }>
  close(): void
}

/** Undefined where the file is empty: a shard may have no run. */
export const readSweep = (path: string): ReadSweep | undefined => {
  const fd = opened(path, 'r')
  if (fstatSync(fd).size === 0) {
    closeSync(fd)
    return undefined
  }
  const first = firstRecord(fd, path)
  if (!first) {
    closeSync(fd)
    throw new UsageError(
      `${path} is not a file that nbs sweep --out wrote: its first line is no record of a run`,
    )
  }
  const { sweep } = first
  return {
    sweep,
    *records() {
      let last = -1
      for (const { text } of linesOf(fd, path)) {
        const record = parseRecord(text)
        if (!record || record.run <= last || !text.startsWith(lineStart(sweep, record.run))) return
        yield { ...record, line: text }
        last = record.run
      }
    },
    close: () => closeSync(fd),
  }
}

const firstRecord = (fd: number, path: string): SweepRecord | undefined => {
  const first = linesOf(fd, path).next()
  return first.done ? undefined : parseRecord(first.value.text)
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
  sweep: SweepIdentity,
  plan: SweepPlan,
  known: (record: SweepRecord) => void,
): SweepFile => {
  const fd = opened(path, 'a+')
  try {
    const done = resume(fd, path, sweep, plan, known)
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
  sweep: SweepIdentity,
  plan: SweepPlan,
  known: (record: SweepRecord) => void,
): number => {
  checkOurs(fd, path, sweep, plan)
  const runs = shardRunCount(plan)
  let [done, size] = [0, 0]
  for (const { text, end } of linesOf(fd, path)) {
    const record = parseRecord(text)
    if (!record) break
    if (done === runs || !text.startsWith(lineStart(sweep, runAt(plan, done).run)))
      throw new UsageError(otherSweep(path, differences(sweep, record.sweep), record.run))
    known(record)
    done++
    size = end
  }
  ftruncateSync(fd, size)
  return done
}

/** What is in the file begins as this shard's first line does, or it is somebody else's. */
const checkOurs = (fd: number, path: string, sweep: SweepIdentity, plan: SweepPlan): void => {
  const expected = Buffer.from(lineStart(sweep, runAt(plan, 0).run))
  const begun = Buffer.alloc(Math.min(fstatSync(fd).size, expected.length))
  readSync(fd, begun, 0, begun.length, 0)
  if (!expected.subarray(0, begun.length).equals(begun) && !firstRecord(fd, path))
    throw new UsageError(`${path} is there already and holds something else; name another --out`)
}

const otherSweep = (path: string, what: readonly string[], run: number): string =>
  `${path} holds the results of another sweep (${what.join('; ') || `run ${run} is none of this shard, or not in its place`}); name another --out, or remove the file`

/** What is written is no link: it could lead to any file of the caller. */
const { O_RDONLY, O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
const FLAGS = { r: O_RDONLY | O_NONBLOCK, 'a+': O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK }

const opened = (path: string, flags: 'r' | 'a+'): number => {
  let fd: number
  try {
    fd = openSync(path, FLAGS[flags])
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
