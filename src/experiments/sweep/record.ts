/**
 * What a sweep keeps of a run: one JSON line with keys in a fixed order, so that the same run is the same line on
 * every machine and in every shard. Each line says which sweep it is of. Does not read or write files.
 */
import { z } from 'zod'
import { OUTCOMES, type Outcome } from '../../core/outcome.ts'
import { jobStateOf } from '../../simulation/expectations.ts'
import type { JobState, Scenario } from '../../scenario/model.ts'
import type { Override } from '../../scenario/overrides.ts'
import type { ClientResult } from '../../simulation/result.ts'
import type { PlannedRun, SweepPlan } from './plan.ts'

/** In place of a server's name, for machines that took nobody's boot information. No server can have this name. */
export const NO_SERVER = '-'

const count = z.int().min(0)
const outcomeCounts = z.object({ booted: count, localDisk: count, failed: count, pending: count })

const jobCounts = z.object({ done: count, lost: count, stopped: count, pending: count })

const groupRecord = z.object({
  group: z.string(),
  firmware: z.string(),
  profile: z.string(),
  arch: z.string(),
  machines: count,
  outcomes: outcomeCounts,
  /** PXE server -> what became of the machines that took its boot information; only what is not zero. */
  winners: z.record(z.string(), outcomeCounts.partial()),
  /** Code on the screen -> machines. */
  codes: z.record(z.string(), count),
  /** From power-on to the outcome: the median machine's (lower of two), and the slowest's. */
  seconds: z.object({ p50: z.number(), max: z.number() }),
  /** Of a site: what became of the machines' jobs. */
  jobs: jobCounts.optional(),
})

/** Records belong together if they agree in all of it. */
export interface SweepIdentity {
  readonly version: string
  readonly title: string
  /** Of the SHA-256 of the scenario file's text the first 16 digits. */
  readonly scenario: string
  /** The same over the image folders that the runs use. */
  readonly images: string
  /** First and last, both included. */
  readonly seeds: readonly [first: number, last: number]
  readonly vary: readonly { readonly path: string; readonly values: readonly string[] }[]
}

const sweepIdentity: z.ZodType<SweepIdentity> = z.object({
  version: z.string(),
  title: z.string(),
  scenario: z.string(),
  images: z.string(),
  seeds: z.tuple([count, count]),
  vary: z.array(z.object({ path: z.string(), values: z.array(z.string()).min(1) })),
})

const sweepRecord = z.object({
  sweep: sweepIdentity,
  run: count,
  seed: count,
  vary: z.record(z.string(), z.string()),
  groups: z.array(groupRecord),
})

export type GroupRecord = Readonly<z.infer<typeof groupRecord>>
export type SweepRecord = Readonly<z.infer<typeof sweepRecord>>

/** `clients` in the order of the scenario's groups and their members, as every run has them. */
export const recordOfRun = (
  sweep: SweepIdentity,
  planned: PlannedRun,
  vary: readonly Override[],
  scenario: Scenario,
  clients: readonly ClientResult[],
): SweepRecord => {
  let from = 0
  return {
    sweep,
    run: planned.run,
    seed: planned.seed,
    vary: Object.fromEntries(vary),
    groups: scenario.clients.map(({ name, members }) =>
      recordOfGroup(name, clients.slice(from, (from += members.length))),
    ),
  }
}

const recordOfGroup = (group: string, clients: readonly ClientResult[]): GroupRecord => {
  const [first] = clients as readonly [ClientResult]
  const winners = new Map<string, Map<Outcome, number>>()
  const outcomes = new Map<Outcome, number>()
  const codes = new Map<string, number>()
  for (const { pxeServer, outcome, code } of clients) {
    const server = pxeServer ?? NO_SERVER
    let won = winners.get(server)
    if (!won) winners.set(server, (won = new Map()))
    addOne(won, outcome)
    addOne(outcomes, outcome)
    if (code !== null) addOne(codes, code)
  }
  const times = clients.map(client => client.seconds).sort((a, b) => a - b)
  const counted = (counts: ReadonlyMap<Outcome, number>, least: number) =>
    Object.fromEntries(
      OUTCOMES.flatMap(outcome => {
        const machines = counts.get(outcome) ?? 0
        return machines >= least ? [[outcome, machines]] : []
      }),
    )
  return {
    group,
    firmware: first.firmware,
    profile: first.profile,
    arch: first.arch,
    machines: clients.length,
    outcomes: counted(outcomes, 0) as GroupRecord['outcomes'],
    winners: Object.fromEntries(byName(winners).map(([server, won]) => [server, counted(won, 1)])),
    codes: Object.fromEntries(byName(codes)),
    seconds: { p50: times[Math.ceil(times.length / 2) - 1]!, max: times.at(-1)! },
    ...jobsOf(clients),
  }
}

/** Nothing where no machine has a job, so that records without a site stay what they were. */
const jobsOf = (clients: readonly ClientResult[]): Pick<GroupRecord, 'jobs'> => {
  const states = clients.flatMap(client => jobStateOf(client) ?? [])
  if (states.length === 0) return {}
  const countOf = (state: JobState): number => states.filter(one => one === state).length
  return {
    jobs: {
      done: countOf('done'),
      lost: countOf('lost'),
      stopped: countOf('stopped'),
      pending: countOf('pending'),
    },
  }
}

const addOne = <Key>(counts: Map<Key, number>, key: Key): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1)

export const byName = <Value>(counts: ReadonlyMap<string, Value>): [string, Value][] =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : 1))

/** What the line of a run begins with; the rest depends on what came of it. */
export const lineStart = (sweep: SweepIdentity, run: number): string => {
  const line = JSON.stringify({ sweep, run })
  return `${line.slice(0, -1)},`
}

export const identityFor = (
  plan: SweepPlan,
  source: Pick<SweepIdentity, 'version' | 'title' | 'scenario' | 'images'>,
): SweepIdentity => ({
  version: source.version,
  title: source.title,
  scenario: source.scenario,
  images: source.images,
  seeds: [plan.seeds.first, plan.seeds.last],
  vary: plan.vary.map(({ path, values }) => ({ path, values: [...values] })),
})

/** Of all shards together. */
export const wholePlan = ({ seeds, vary }: SweepIdentity): SweepPlan => ({
  seeds: { first: seeds[0], last: seeds[1] },
  vary,
  shard: { index: 1, of: 1 },
})

/** In words, what the two sweeps differ in; empty if their records belong together. */
export const differences = (ours: SweepIdentity, theirs: SweepIdentity): string[] => {
  const said = (name: string, a: string, b: string): string[] =>
    a === b ? [] : [`${name} ${b} instead of ${a}`]
  const changed = (what: string, a: string, b: string): string[] => (a === b ? [] : [`another ${what}`])
  return [
    ...changed('scenario text', ours.scenario, theirs.scenario),
    ...changed('content of the image folders', ours.images, theirs.images),
    ...said('version', ours.version, theirs.version),
    ...said('seeds', ours.seeds.join('..'), theirs.seeds.join('..')),
    ...said('--vary', varyText(ours), varyText(theirs)),
  ]
}

const varyText = ({ vary }: SweepIdentity): string =>
  vary.map(({ path, values }) => `${path}=${values.join(',')}`).join(' ') || 'nothing'

/** Undefined where the line is no record. */
export const parseRecord = (line: string): SweepRecord | undefined => {
  try {
    return sweepRecord.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}
