/**
 * The files of a sweep's shards: merged into the file that one machine would have written, and summarised. Does not
 * run anything.
 */
import { closeSync, openSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs'
import process from 'node:process'
import {
  type SweepHeader,
  type SweepRecord,
  differences,
  planOf,
  wholeHeader,
} from '../../scenario/sweep-record.ts'
import { runCount } from '../../scenario/sweep.ts'
import { SweepSummary } from '../../scenario/sweep-summary.ts'
import { UsageError } from '../exit.ts'
import { type ReadSweep, readSweep } from './file.ts'
import { hashOfText, reasonOf, textOf } from './source.ts'

interface Part {
  readonly path: string
  readonly sweep: ReadSweep
}

/** Runs as many files as there are shards; each is read once, side by side. */
export const mergeSweeps = (paths: readonly string[], out: string | undefined): void => {
  withParts(paths, parts => {
    const { header } = parts[0]!.sweep
    const [, of] = header.shard
    const missing = missingShards(parts, of)
    if (missing.length > 0)
      throw new UsageError(`--merge needs every shard; not there: ${missing.join(', ')}`)
    const readers = new Map(
      parts.map(({ path, sweep }) => [sweep.header.shard[0], { path, records: sweep.records() }]),
    )
    const total = runCount(planOf(header))
    const write = out === undefined ? toStdout() : toFile(out, paths)
    try {
      write.line(JSON.stringify(wholeHeader(header)))
      for (let run = 0; run < total; run++) {
        const { path, records } = readers.get((run % of) + 1)!
        const next = records.next()
        if (next.done)
          throw new UsageError(
            `${path} is not complete: run ${run} is missing; start its shard again with the same --out`,
          )
        write.line(next.value.line)
      }
      write.end()
    } catch (error) {
      write.abandon()
      throw error
    }
  })
}

export interface Summarised {
  readonly header: SweepHeader
  readonly summary: SweepSummary
  /** Runs of all shards. */
  readonly planned: number
}

/** Complete or not; `file` is the scenario they must come from. */
export const summariseSweeps = (paths: readonly string[], file: string | undefined): Summarised =>
  withParts(paths, parts => {
    const first = parts[0]!
    const { header } = first.sweep
    if (file !== undefined && hashOfText(textOf(file)) !== header.scenario)
      throw new UsageError(
        `${first.path} does not come from ${file} as it is now; leave out ${file} to see it anyway`,
      )
    const summary = new SweepSummary()
    for (const { sweep } of parts)
      for (const record of sweep.records()) summary.add(record satisfies SweepRecord)
    const missing = missingShards(parts, header.shard[1])
    if (missing.length > 0) process.stderr.write(`not there: shard ${missing.join(', ')}\n`)
    // One file is told as itself, shard or not; several as the whole they are parts of.
    if (parts.length === 1) return { header, summary, planned: header.runs }
    return { header: wholeHeader(header), summary, planned: runCount(planOf(header)) }
  })

const withParts = <T>(paths: readonly string[], use: (parts: readonly Part[]) => T): T => {
  if (paths.length === 0) throw new UsageError('Name the files that nbs sweep --out wrote.')
  const parts: Part[] = []
  try {
    for (const path of paths) parts.push({ path, sweep: readSweep(path) })
    checkTogether(parts)
    return use(parts)
  } finally {
    for (const { sweep } of parts) sweep.close()
  }
}

const checkTogether = ([first, ...others]: readonly Part[]): void => {
  const seen = new Map([[first!.sweep.header.shard[0], first!.path]])
  const [, of] = first!.sweep.header.shard
  for (const { path, sweep } of others) {
    const { header } = sweep
    const what = differences(first!.sweep.header, header)
    if (header.shard[1] !== of) what.push(`shards of ${header.shard[1]} instead of ${of}`)
    if (what.length > 0) throw new UsageError(`${path} does not belong to ${first!.path}: ${what.join('; ')}`)
    const same = seen.get(header.shard[0])
    if (same !== undefined)
      throw new UsageError(`${same} and ${path} are both shard ${header.shard.join('/')}`)
    seen.set(header.shard[0], path)
  }
}

/** More are not listed. */
const LISTED = 20

const missingShards = (parts: readonly Part[], of: number): string[] => {
  const there = new Set(parts.map(({ sweep }) => sweep.header.shard[0]))
  const missing: string[] = []
  for (let index = 1; index <= of && missing.length < LISTED; index++)
    if (!there.has(index)) missing.push(`${index}/${of}`)
  return missing
}

interface LineWriter {
  line(text: string): void
  end(): void
  abandon(): void
}

const FLUSH_LENGTH = 1024 * 1024

const buffered = (write: (text: string) => void): ((text: string | undefined) => void) => {
  let [lines, length]: [string[], number] = [[], 0]
  return text => {
    if (text !== undefined) {
      lines.push(text)
      length += text.length
      if (length < FLUSH_LENGTH) return
    }
    if (lines.length > 0) write(`${lines.join('\n')}\n`)
    ;[lines, length] = [[], 0]
  }
}

const toStdout = (): LineWriter => {
  const add = buffered(text => void process.stdout.write(text))
  return { line: add, end: () => add(undefined), abandon: () => {} }
}

/** Under another name until it is complete: a file that is there is the whole. */
const toFile = (out: string, inputs: readonly string[]): LineWriter => {
  if (inputs.some(input => isSame(input, out)))
    throw new UsageError(`--out ${out} is one of the files to merge`)
  const part = `${out}.part`
  let fd: number
  try {
    fd = openSync(part, 'w')
  } catch (error) {
    throw new UsageError(`${part} cannot be written: ${reasonOf(error)}`)
  }
  const add = buffered(text => {
    const bytes = Buffer.from(text)
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written)
  })
  return {
    line: add,
    end: () => {
      add(undefined)
      closeSync(fd)
      renameSync(part, out)
    },
    abandon: () => rmSync(part, { force: true }),
  }
}

const isSame = (input: string, out: string): boolean => {
  try {
    return realpathSync(input) === realpathSync(out)
  } catch {
    return false
  }
}
