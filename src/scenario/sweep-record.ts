/**
 * What a sweep keeps of a run, and what stands at the head of a file of such records: one JSON line each, with keys in
 * a fixed order, so that the same run is the same line on every machine. Does not read or write files.
 */
import { z } from 'zod'
import type { Scenario } from './model.ts'
import type { Override } from './overrides.ts'
import type { ClientResult, Outcome } from './result.ts'
import { type PlannedRun, type SweepPlan, shardRunCount } from './sweep.ts'

export const OUTCOMES: readonly Outcome[] = ['booted', 'localDisk', 'failed', 'pending']

/** In place of a server's name, for machines that took nobody's boot information. No server can have this name. */
export const NO_SERVER = '-'

const count = z.int().min(0)
const outcomeCounts = z.object({ booted: count, localDisk: count, failed: count, pending: count })

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
})

const sweepRecord = z.object({
  run: count,
  seed: count,
  vary: z.record(z.string(), z.string()),
  groups: z.array(groupRecord),
})

export type GroupRecord = Readonly<z.infer<typeof groupRecord>>
export type SweepRecord = Readonly<z.infer<typeof sweepRecord>>

/** `clients` in the order of the scenario's groups and their members, as every run has them. */
export const recordOfRun = (
  planned: PlannedRun,
  vary: readonly Override[],
  scenario: Scenario,
  clients: readonly ClientResult[],
): SweepRecord => {
  let from = 0
  return {
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
  }
}

const addOne = <Key>(counts: Map<Key, number>, key: Key): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1)

export const byName = <Value>(counts: ReadonlyMap<string, Value>): [string, Value][] =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : 1))

/** Undefined where the line is no record. */
export const parseRecord = (line: string): SweepRecord | undefined => read(sweepRecord, line)

// The first line of a file.

const FORMAT = 'nbs-lab sweep 1'

const sweepHeader = z.object({
  format: z.literal(FORMAT),
  version: z.string(),
  title: z.string(),
  /** SHA-256 of the scenario file's text. */
  scenario: z.string(),
  /** SHA-256 over the image folders that the runs use. */
  images: z.string(),
  seeds: z.tuple([count, count]),
  vary: z.array(z.object({ path: z.string(), values: z.array(z.string()).min(1) })),
  shard: z.tuple([count.min(1), count.min(1)]),
  /** Records that follow when it is complete. */
  runs: count,
})

export type SweepHeader = Readonly<z.infer<typeof sweepHeader>>

export const headerFor = (
  plan: SweepPlan,
  source: Pick<SweepHeader, 'version' | 'title' | 'scenario' | 'images'>,
): SweepHeader => ({
  format: FORMAT,
  version: source.version,
  title: source.title,
  scenario: source.scenario,
  images: source.images,
  seeds: [plan.seeds.first, plan.seeds.last],
  vary: plan.vary.map(({ path, values }) => ({ path, values: [...values] })),
  shard: [plan.shard.index, plan.shard.of],
  runs: shardRunCount(plan),
})

export const parseHeader = (line: string): SweepHeader | undefined => read(sweepHeader, line)

export const planOf = ({ seeds, vary, shard }: SweepHeader): SweepPlan => ({
  seeds: { first: seeds[0], last: seeds[1] },
  vary,
  shard: { index: shard[0], of: shard[1] },
})

/** The header of the file that all shards together are. */
export const wholeHeader = (header: SweepHeader): SweepHeader => {
  const plan: SweepPlan = { ...planOf(header), shard: { index: 1, of: 1 } }
  return headerFor(plan, header)
}

/** In words, what the two plans differ in besides the shard; empty if their records belong together. */
export const differences = (ours: SweepHeader, theirs: SweepHeader): string[] => {
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

const varyText = ({ vary }: SweepHeader): string =>
  vary.map(({ path, values }) => `${path}=${values.join(',')}`).join(' ') || 'nothing'

const read = <T>(format: z.ZodType<T>, line: string): T | undefined => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  const result = format.safeParse(value)
  return result.success ? result.data : undefined
}
