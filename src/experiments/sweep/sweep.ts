/**
 * A sweep from its plan to its summary: all runs of a shard on all cores, their records into a file where one is
 * wanted, and all of them counted. Goes on where an earlier start with the same file ended. Does not print.
 */
import type { ScenarioSource } from '../../scenario/load.ts'
import { openSweepFile } from './file.ts'
import { type SweepPlan, shardRunCount } from './plan.ts'
import { startPool } from './pool.ts'
import { type SweepIdentity, parseRecord } from './record.ts'
import { identityOf } from './source.ts'
import { SweepSummary } from './summary.ts'

export interface SweepOptions {
  /** Records go to this file, a line for each run. */
  readonly out?: string | undefined
  /** Default: one thread for each core. */
  readonly workers?: number | undefined
  readonly onProgress?: (sweep: StartedSweep) => void
}

export interface StartedSweep {
  readonly sweep: SweepIdentity
  /** Of all runs whose records are there. */
  readonly summary: SweepSummary
  /** Runs of this shard. */
  readonly total: number
  /** What an earlier start had done. */
  readonly before: { readonly runs: number; readonly machines: number }
  readonly finished: Promise<void>
  /** At once and in good order; resolves `finished`. */
  stop(): Promise<void>
}

/** Throws `UsageError` for a scenario, a varied value or a file that cannot be used. */
export const startSweep = (
  scenario: ScenarioSource,
  plan: SweepPlan,
  { out, workers, onProgress }: SweepOptions = {},
): StartedSweep => {
  const source = { scenario, plan }
  const sweep = identityOf(source)
  const summary = new SweepSummary()
  const file = out === undefined ? undefined : openSweepFile(out, sweep, plan, record => summary.add(record))
  const before = { runs: summary.runs, machines: summary.machines }
  const pool = startPool(
    { source, sweep },
    {
      from: before.runs,
      workers,
      deliver: lines => {
        for (const line of lines) summary.add(parseRecord(line)!)
        file?.append(lines)
        onProgress?.(started)
      },
    },
  )
  const started: StartedSweep = {
    sweep,
    summary,
    total: shardRunCount(plan),
    before,
    finished: pool.finished.finally(() => file?.close()),
    stop: () => pool.stop(),
  }
  return started
}
