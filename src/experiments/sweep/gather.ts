/**
 * The files of a sweep's shards: merged into the file that one machine would have written, and summarised. Does not
 * run anything.
 */
import { realpathSync } from 'node:fs'
import { runCount } from './plan.ts'
import { type SweepIdentity, type SweepRecord, differences, wholePlan } from './record.ts'
import { SweepSummary } from './summary.ts'
import { UsageError } from '../../core/exit.ts'
import { printFile } from '../../outlet/print.ts'
import { type WholeFile, openWhole } from '../../outlet/write-file.ts'
import { type ReadSweep, readSweep } from './file.ts'
import { readSource } from '../../scenario/read-file.ts'
import { hashOfScenario, reasonOf } from './source.ts'

interface Part {
  readonly path: string
  readonly file: ReadSweep
}

/** Each file is read once, side by side. */
export const mergeSweeps = (paths: readonly string[], out: string | undefined): void => {
  withParts(paths, (parts, sweep) => {
    const write = out === undefined ? toStdout() : toFile(out, paths)
    try {
      let next = 0
      for (const { run, line } of inOrder(parts)) {
        if (run !== next) break
        write.line(line)
        next++
      }
      if (next < runCount(wholePlan(sweep)))
        throw new UsageError(
          `--merge needs all shards, complete: run ${next} is in none of these files; start its shard again with the same --out`,
        )
      write.end()
    } catch (error) {
      write.abandon()
      throw error
    }
  })
}

export interface Summarised {
  readonly sweep: SweepIdentity
  readonly summary: SweepSummary
}

/** Complete or not; `file` is the scenario they must come from. */
export const summariseSweeps = (paths: readonly string[], file: string | undefined): Summarised =>
  withParts(paths, (parts, sweep) => {
    if (file !== undefined && hashOfScenario(readSource(file)) !== sweep.scenario)
      throw new UsageError(
        `${parts[0]!.path} does not come from ${file} as it is now; leave out ${file} to see it anyway`,
      )
    const summary = new SweepSummary()
    for (const record of inOrder(parts)) summary.add(record)
    return { sweep, summary }
  })

const withParts = <T>(
  paths: readonly string[],
  use: (parts: readonly Part[], sweep: SweepIdentity) => T,
): T => {
  const parts: Part[] = []
  try {
    for (const path of paths) {
      const file = readSweep(path)
      if (file) parts.push({ path, file })
    }
    if (parts.length === 0)
      throw new UsageError('Name the files that nbs sweep --out wrote; none has a record.')
    return use(parts, commonSweep(parts))
  } finally {
    for (const { file } of parts) file.close()
  }
}

const commonSweep = ([first, ...others]: readonly Part[]): SweepIdentity => {
  const { sweep } = first!.file
  for (const { path, file } of others) {
    const what = differences(sweep, file.sweep)
    if (what.length > 0) throw new UsageError(`${path} does not belong to ${first!.path}: ${what.join('; ')}`)
  }
  return sweep
}

/** The records of all files by rising run; a run that is in two of them is an error. */
function* inOrder(parts: readonly Part[]): Generator<SweepRecord & { readonly line: string }> {
  const heads = parts.map(({ path, file }) => {
    const records = file.records()
    return { path, records, next: records.next() }
  })
  let last: { readonly run: number; readonly path: string } | undefined
  for (;;) {
    const left = heads.filter(({ next }) => !next.done)
    if (left.length === 0) return
    const first = left.reduce((a, b) => (b.next.value!.run < a.next.value!.run ? b : a))
    const record = first.next.value!
    if (last && last.run === record.run)
      throw new UsageError(`run ${record.run} is in ${last.path} and in ${first.path}: name each shard once`)
    yield record
    last = { run: record.run, path: first.path }
    first.next = first.records.next()
  }
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
  const add = buffered(printFile)
  return { line: add, end: () => add(undefined), abandon: () => {} }
}

/** Under another name until it is complete: a file that is there is the whole. */
const toFile = (out: string, inputs: readonly string[]): LineWriter => {
  if (inputs.some(input => isSame(input, out)))
    throw new UsageError(`--out ${out} is one of the files to merge`)
  let whole: WholeFile
  try {
    whole = openWhole(out)
  } catch (error) {
    throw new UsageError(`${out} cannot be written: ${reasonOf(error)}`)
  }
  const add = buffered(text => whole.write(text))
  return {
    line: add,
    end: () => {
      add(undefined)
      whole.end()
    },
    abandon: () => whole.abandon(),
  }
}

const isSame = (input: string, out: string): boolean => {
  try {
    return realpathSync(input) === realpathSync(out)
  } catch {
    return false
  }
}
