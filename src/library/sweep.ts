/**
 * A scenario with many seeds and varied fields, on all cores: how often who wins. Does not know how a run works.
 */
import { UsageError } from '../core/exit.ts'
import type { Parsed } from '../document/quantities.ts'
import {
  type SweepPlan,
  type Variation,
  parseSeeds,
  parseShard,
  parseVariation,
  planMistake,
  runCount,
} from '../experiments/sweep/plan.ts'
import { type SweepReport, sweepReport } from '../experiments/sweep/summary.ts'
import { startSweep } from '../experiments/sweep/sweep.ts'
import { type ScenarioLike, openScenario } from './scenario.ts'

export interface SweepOptions {
  /** How many, from 1 on, or a range such as `'11..20'`; default 100. */
  readonly seeds?: number | string | undefined
  /** Values by path, all combinations: `{ 'servers.nbs-b.responseDelay': ['0ms', '20ms'] }`, or text as `--vary` has it. */
  readonly vary?: Readonly<Record<string, readonly (string | number | boolean)[] | string>> | undefined
  /** `'2/5'`: only the second of five parts. */
  readonly shard?: string | undefined
  /** Threads; default: one for each core. */
  readonly workers?: number | undefined
  /** Keeps a record of each run in this file, and goes on where an earlier call ended. */
  readonly out?: string | undefined
  /** Told of the runs done so far, now and then. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** Ends the sweep; the result then tells of the runs that were done. */
  readonly signal?: AbortSignal | undefined
}

/** What `nbs sweep --json` prints. Rejects with `InvalidScenarioError`, or `UsageError` for a plan that is wrong. */
export const sweep = async (scenario: ScenarioLike, options: SweepOptions = {}): Promise<SweepReport> => {
  const { workers, out, signal, onProgress } = options
  const plan = planOf(options)
  const opened = openScenario(scenario)
  if (opened.hasFunctions)
    throw new UsageError('a function cannot be given to other threads: use always() or run() for each seed')
  const started = startSweep(opened.source, plan, {
    workers,
    out,
    ...(onProgress && { onProgress: ({ summary, total }) => onProgress(summary.runs, total) }),
  })
  const stop = (): void => void started.stop()
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop)
  try {
    await started.finished
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  return sweepReport(started.sweep, runCount(plan), started.summary)
}

const planOf = ({ seeds = 100, vary = {}, shard = '1/1' }: SweepOptions): SweepPlan => {
  const plan: SweepPlan = {
    seeds: valueOf('seeds', parseSeeds(String(seeds))),
    vary: Object.entries(vary).map(variationOf),
    shard: valueOf('shard', parseShard(shard)),
  }
  const mistake = planMistake(plan)
  if (mistake !== undefined) throw new UsageError(mistake)
  return plan
}

const variationOf = ([path, values]: readonly [
  string,
  readonly (string | number | boolean)[] | string,
]): Variation =>
  typeof values === 'string'
    ? valueOf(`vary ${path}`, parseVariation(`${path}=${values}`))
    : { path, values: values.map(String) }

const valueOf = <T>(option: string, value: Parsed<T>): T => {
  if (value.ok) return value.value
  throw new UsageError(
    `${option}: ${value.message}${value.nearest === undefined ? '' : `; did you mean ${value.nearest}?`}`,
  )
}
