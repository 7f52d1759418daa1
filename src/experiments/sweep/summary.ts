/**
 * How often who won, from the records of a sweep: counts per combination of varied values and per firmware, and
 * shares with 95 % intervals. Only sums and extremes are kept, so the order of the records does not matter and their
 * number costs no memory. Does not format anything.
 */
import { SECOND, fromSeconds } from '../../core/micros.ts'
import { OUTCOMES, type Outcome } from '../../core/outcome.ts'
import { JOB_STATES, type JobState } from '../../scenario/model.ts'
import { type GroupRecord, type SweepIdentity, type SweepRecord, byName } from './record.ts'

/** A share with its 95 % interval; all three between 0 and 1. */
export interface Share {
  readonly machines: number
  readonly share: number
  readonly low: number
  readonly high: number
}

export interface ServerSummary {
  /** Name, or `-` for machines that took nobody's boot information. */
  readonly server: string
  readonly won: Share
  /** What became of the machines it won; shares of all machines. Outcomes that did not happen are left out. */
  readonly outcomes: Partial<Record<Outcome, Share>>
}

export interface FirmwareSummary {
  readonly firmware: string
  readonly profile: string
  readonly arch: string
  readonly runs: number
  readonly machines: number
  readonly outcomes: Record<Outcome, Share>
  /** Of a site: shares of the machines that have a job. */
  readonly jobs?: Record<JobState, Share>
  /** By name. */
  readonly servers: readonly ServerSummary[]
  /** Code on the screen -> machines. */
  readonly codes: Record<string, number>
  /** `median`: of the runs' medians the mean. */
  readonly seconds: { readonly median: number; readonly max: number }
  /**
   * How many times greater the variance between runs is than that of machines that fare independently; about 1
   * where they do. The intervals take machines as independent.
   */
  readonly designEffect: number
}

export interface CellSummary {
  readonly vary: Record<string, string>
  readonly runs: number
  readonly firmwares: readonly FirmwareSummary[]
}

/** What `nbs sweep --json` prints, and what the viewer shows. */
export interface SweepReport extends SweepIdentity {
  readonly planned: number
  readonly done: number
  /** In the order of the plan; a combination without a run is left out. */
  readonly cells: readonly CellSummary[]
}

export const sweepReport = (sweep: SweepIdentity, planned: number, summary: SweepSummary): SweepReport => ({
  ...sweep,
  planned,
  done: summary.runs,
  cells: summary.cells(),
})

export class SweepSummary {
  readonly #cells = new Map<string, Cell>()
  #runs = 0
  #machines = 0

  get runs(): number {
    return this.#runs
  }

  get machines(): number {
    return this.#machines
  }

  add(record: Omit<SweepRecord, 'sweep'>): void {
    const key = JSON.stringify(record.vary)
    let cell = this.#cells.get(key)
    if (!cell)
      this.#cells.set(key, (cell = { vary: record.vary, first: record.run, runs: 0, tallies: new Map() }))
    cell.first = Math.min(cell.first, record.run)
    cell.runs++
    this.#runs++
    const firmwares = new Map<string, GroupRecord[]>()
    for (const group of record.groups) {
      this.#machines += group.machines
      const name = `${group.firmware} ${group.profile} ${group.arch}`
      const same = firmwares.get(name)
      if (same) same.push(group)
      else firmwares.set(name, [group])
    }
    for (const [name, groups] of firmwares) {
      let tally = cell.tallies.get(name)
      if (!tally) cell.tallies.set(name, (tally = newTally(groups[0]!)))
      addRun(tally, groups)
    }
  }

  /** In the order of the plan. */
  cells(): CellSummary[] {
    return [...this.#cells.values()]
      .sort((a, b) => a.first - b.first)
      .map(({ vary, runs, tallies }) => ({
        vary,
        runs,
        firmwares: byName(tallies).map(([, tally]) => summaryOf(tally)),
      }))
  }
}

interface Cell {
  readonly vary: Record<string, string>
  /** Smallest number of a run: gives cells their order. */
  first: number
  runs: number
  readonly tallies: Map<string, Tally>
}

/** Sums over runs of one firmware. Whole numbers throughout, so that their order cannot show. */
interface Tally {
  readonly of: Pick<GroupRecord, 'firmware' | 'profile' | 'arch'>
  runs: number
  machines: number
  machinesSquared: number
  readonly servers: Map<string, Wins>
  readonly codes: Map<string, number>
  readonly jobs: Map<JobState, number>
  groups: number
  medianMicros: number
  maxMicros: number
}

interface Wins {
  machines: number
  squared: number
  /** Sum of wins times machines, run by run. */
  crossed: number
  readonly outcomes: Map<Outcome, number>
}

const newTally = ({ firmware, profile, arch }: GroupRecord): Tally => ({
  of: { firmware, profile, arch },
  runs: 0,
  machines: 0,
  machinesSquared: 0,
  servers: new Map(),
  codes: new Map(),
  jobs: new Map(),
  groups: 0,
  medianMicros: 0,
  maxMicros: 0,
})

/** The groups of one run that have the same firmware. */
const addRun = (tally: Tally, groups: readonly GroupRecord[]): void => {
  const machines = groups.reduce((sum, group) => sum + group.machines, 0)
  tally.runs++
  tally.machines += machines
  tally.machinesSquared += machines * machines
  const won = new Map<string, number>()
  for (const group of groups) {
    tally.groups++
    tally.medianMicros += fromSeconds(group.seconds.p50)
    tally.maxMicros = Math.max(tally.maxMicros, fromSeconds(group.seconds.max))
    for (const [code, count] of Object.entries(group.codes)) addTo(tally.codes, code, count)
    for (const state of group.jobs ? JOB_STATES : []) addTo(tally.jobs, state, group.jobs![state])
    for (const [server, outcomes] of Object.entries(group.winners)) {
      let wins = tally.servers.get(server)
      if (!wins)
        tally.servers.set(server, (wins = { machines: 0, squared: 0, crossed: 0, outcomes: new Map() }))
      for (const outcome of OUTCOMES) {
        const count = outcomes[outcome] ?? 0
        if (count === 0) continue
        addTo(wins.outcomes, outcome, count)
        addTo(won, server, count)
      }
    }
  }
  for (const [server, count] of won) {
    const wins = tally.servers.get(server)!
    wins.machines += count
    wins.squared += count * count
    wins.crossed += count * machines
  }
}

const addTo = <Key>(counts: Map<Key, number>, key: Key, count: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + count)

const summaryOf = (tally: Tally): FirmwareSummary => {
  const { runs, machines, servers, codes } = tally
  const shareOf = (outcome: Outcome): Share =>
    wilson(
      [...servers.values()].reduce((sum, wins) => sum + (wins.outcomes.get(outcome) ?? 0), 0),
      machines,
    )
  return {
    ...tally.of,
    runs,
    machines,
    outcomes: {
      booted: shareOf('booted'),
      localDisk: shareOf('localDisk'),
      failed: shareOf('failed'),
      pending: shareOf('pending'),
    },
    ...jobShares(tally.jobs),
    servers: byName(servers).map(([server, wins]) => ({
      server,
      won: wilson(wins.machines, machines),
      outcomes: Object.fromEntries(
        OUTCOMES.flatMap(outcome => {
          const count = wins.outcomes.get(outcome)
          return count === undefined ? [] : [[outcome, wilson(count, machines)]]
        }),
      ),
    })),
    codes: Object.fromEntries(byName(codes)),
    seconds: {
      median: Math.round(tally.medianMicros / tally.groups) / SECOND,
      max: tally.maxMicros / SECOND,
    },
    designEffect: Math.max(1, ...[...servers.values()].map(wins => designEffect(wins, tally))),
  }
}

const jobShares = (jobs: ReadonlyMap<JobState, number>): Pick<FirmwareSummary, 'jobs'> => {
  if (jobs.size === 0) return {}
  const all = [...jobs.values()].reduce((sum, machines) => sum + machines, 0)
  const shareOf = (state: JobState): Share => wilson(jobs.get(state) ?? 0, all)
  return {
    jobs: {
      done: shareOf('done'),
      lost: shareOf('lost'),
      stopped: shareOf('stopped'),
      pending: shareOf('pending'),
    },
  }
}

/** 97.5 % of the normal distribution lie below it. */
const Z = 1.959963984540054

/** Wilson's score interval: honest near 0 and 1, where the usual one leaves the scale. */
export const wilson = (machines: number, of: number): Share => {
  if (of === 0) return { machines, share: 0, low: 0, high: 1 }
  const share = machines / of
  const weight = 1 + (Z * Z) / of
  const middle = (share + (Z * Z) / (2 * of)) / weight
  const half = (Z / weight) * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of))
  return {
    machines,
    share,
    low: machines === 0 ? 0 : Math.max(0, middle - half),
    high: machines === of ? 1 : Math.min(1, middle + half),
  }
}

/** Variance of a share when runs are drawn, machines coming with them, over that of machines drawn one by one. */
const designEffect = (wins: Wins, { runs, machines, machinesSquared }: Tally): number => {
  const share = wins.machines / machines
  if (runs < 2 || share === 0 || share === 1) return 1
  const between = wins.squared - 2 * share * wins.crossed + share * share * machinesSquared
  const variance = ((between / (machines * machines)) * runs) / (runs - 1)
  return variance / ((share * (1 - share)) / machines)
}
