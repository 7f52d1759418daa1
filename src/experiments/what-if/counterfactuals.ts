/**
 * Counterfactuals of a race: which server would have won had one offer come earlier or later. Runs the same seed again with that
 * one packet moved, and nothing else, until it has the flip point between two runs 0.1 ms apart. Does not guess: what
 * it says has been run on both sides.
 */
import type { Micros } from '../../core/micros.ts'
import { MILLISECOND, SECOND, toSeconds } from '../../core/micros.ts'
import { FIRMWARE_FAMILIES, familyNamed } from '../../firmware/catalogue.ts'
import { type Machine, traceOfBoot } from '../../simulation/machine.ts'
import type { Scenario } from '../../scenario/model.ts'
import { serverNames } from '../../simulation/server-names.ts'
import { type Contest, contestsOf } from './contests.ts'
import type { ClientResult } from '../../simulation/result.ts'
import { type Run, type RunSurroundings, runScenario } from '../../simulation/run.ts'
import { type SeenBoot, type SeenReply, bootAsSeen } from './seen-replies.ts'

export interface Fate {
  readonly outcome: ClientResult['outcome']
  readonly code: string | null
  readonly leaseFrom: string | null
  readonly pxeServer: string | null
  readonly tftpServer: string | null
  readonly file: string | null
}

export interface Flip {
  /** Whose offer is moved. */
  readonly server: string
  /** Later, or earlier where negative: with this the fate is another one. */
  readonly seconds: number
  /** The nearest move that was run and changed nothing; 0 is the run itself. */
  readonly unchangedAt: number
  readonly fate: Fate
  /** The offer then comes after a firmware with a fixed window has chosen; it is not another one that overtakes it. */
  readonly missesWindow: boolean
}

export interface Race {
  /** What it is about: boot information, the lease, or the answer of a boot server to discovery. */
  readonly over: Contest['over']
  readonly winner: string | null
  /** In order of arrival; seconds since the machine was switched on. */
  readonly contenders: readonly { readonly server: string; readonly seconds: number }[]
  /** Whose decisive packet was nearest to the winner's. */
  readonly rival: string | null
  /** The rival's packet minus the winner's: positive where the winner's came first. */
  readonly marginSeconds: number | null
  /** How long the machine listened, or would have. */
  readonly windowSeconds: number
  /** Smallest first. */
  readonly flips: readonly Flip[]
  /** False: the limit of runs was reached before every move was tried. */
  readonly complete: boolean
}

/** Moves of a packet are tried in this step. */
export const RESOLUTION: Micros = 100
/** Most runs for one machine (docs/limits.md): a race of two needs about thirty. */
export const MAX_RERUNS = 240
/** Moments tried for one packet in one direction: those of the nearest other packets. */
const MAX_PROBES = 8
/** Rivals nearest to the winner; a flood of offers is no race of two. */
const MAX_RIVALS = 4
/** I-7: a machine that may leave early still listens this long if it must. */
const PATIENCE: Micros = 3 * SECOND
/** The choice is made this little before its REQUEST is seen on the wire, at most. */
const SEND_TIME: Micros = 5 * MILLISECOND

export interface Counterfactuals {
  readonly races: readonly Race[]
  /** How many runs it took. */
  readonly reruns: number
}

export const nearbyWorlds = (
  scenario: Scenario,
  run: Run,
  machine: Machine,
  surroundings: RunSurroundings,
): Counterfactuals => {
  const { client, group } = machine
  const seen = bootAsSeen(client, group.on, traceOfBoot(machine, run.trace))
  const result = run.result.clients.find(({ name }) => name === client.name)!
  const search = new Search({ ...scenario, seed: run.result.seed }, surroundings, client.name, fateOf(result))
  const family = familyNamed(surroundings.families ?? FIRMWARE_FAMILIES, machine.firmware.family)
  const contests = contestsOf(seen, result, serverNames(scenario), family?.client.prefers === 'last')
  const waits = family?.waitsForWindow ?? false
  const races = contests.map(contest => raceFrom(contest, seen, machine, waits, search))
  // Where nobody won and no offer in time would have, something else was missing, and it is no race.
  return { races: races.filter(race => race.winner !== null || race.flips.length > 0), reruns: search.runs }
}

export const fateOf = ({ outcome, code, leaseFrom, pxeServer, tftpServer, file }: ClientResult): Fate => ({
  outcome,
  code,
  leaseFrom,
  pxeServer,
  tftpServer,
  file,
})

class Search {
  runs = 0
  exhausted = false
  readonly base: Fate
  readonly #scenario: Scenario
  readonly #surroundings: RunSurroundings
  readonly #client: string

  constructor(scenario: Scenario, surroundings: RunSurroundings, client: string, base: Fate) {
    this.#scenario = scenario
    this.#surroundings = surroundings
    this.#client = client
    this.base = base
  }

  /** All copies of an offer move together: a relay's second copy would else arrive in its place. */
  fate(replies: readonly SeenReply[], by: Micros): Fate {
    this.runs++
    if (this.runs >= MAX_RERUNS) this.exhausted = true
    const { result } = runScenario(this.#scenario, this.#surroundings, {
      observed: false,
      shifts: replies.map(({ packet }) => ({ packet, by })),
      until: this.#client,
    })
    return fateOf(result.clients.find(({ name }) => name === this.#client)!)
  }
}

const isOther = (over: Contest['over'], a: Fate, b: Fate): boolean =>
  over === 'lease'
    ? a.leaseFrom !== b.leaseFrom
    : a.outcome !== b.outcome ||
      a.code !== b.code ||
      a.pxeServer !== b.pxeServer ||
      a.tftpServer !== b.tftpServer ||
      a.file !== b.file

/** `waits`: the firmware always listens to the end of its window. */
const raceFrom = (
  contest: Contest,
  seen: SeenBoot,
  machine: Machine,
  waits: boolean,
  search: Search,
): Race => {
  const { over, winner, contenders } = contest
  const won = contenders.find(({ server }) => server === winner)
  const rivals = contenders
    .filter(contender => contender !== won)
    .sort((a, b) => distance(a.at, won?.at) - distance(b.at, won?.at))
    .slice(0, MAX_RIVALS)
  const [start = machine.poweredOn] = seen.discovers
  const end = waits ? (seen.chosen ?? start + PATIENCE) : Math.max(seen.chosen ?? 0, start + PATIENCE)
  const flips: Flip[] = []
  for (const mover of [...(won ? [won] : []), ...rivals, ...contest.referees])
    for (const sign of [1, -1] as const) {
      const flip = findFlip(search, over, mover.replies, probesFor(mover.at, sign, seen, contest, end))
      if (!flip) continue
      const at = mover.at + flip.by
      flips.push({
        server: mover.server,
        seconds: toSeconds(flip.by),
        unchangedAt: toSeconds(flip.unchangedAt),
        fate: flip.fate,
        missesWindow: waits && sign > 0 && seen.chosen !== undefined && at >= seen.chosen - SEND_TIME,
      })
    }
  return {
    over,
    winner: won ? won.server : null,
    contenders: contenders.map(({ server, at }) => ({ server, seconds: toSeconds(at - machine.poweredOn) })),
    rival: rivals[0]?.server ?? null,
    marginSeconds: won && rivals[0] ? toSeconds(rivals[0].at - won.at) : null,
    windowSeconds: toSeconds(end - start),
    flips: flips.sort((a, b) => Math.abs(a.seconds) - Math.abs(b.seconds)),
    complete: !search.exhausted,
  }
}

const distance = (at: Micros, from: Micros | undefined): number => Math.abs(at - (from ?? 0))

/** Just past every packet that this one could overtake or fall behind, and just past the moment of the choice. */
const probesFor = (at: Micros, sign: 1 | -1, seen: SeenBoot, contest: Contest, end: Micros): Micros[] => {
  // No answer comes before its question.
  const earliest = Math.max(0, ...seen.discovers.filter(asked => asked < at)) + RESOLUTION
  const moments = [...contest.moments, end, ...(seen.chosen === undefined ? [] : [seen.chosen])]
  const steps = moments
    .filter(moment => (moment - at) * sign > 0 && moment <= end + RESOLUTION)
    .map(moment => Math.floor(Math.abs(moment - at) / RESOLUTION) + 1)
    .filter(step => at + sign * step * RESOLUTION >= earliest)
  return [...new Set(steps)]
    .sort((a, b) => a - b)
    .slice(0, MAX_PROBES)
    .map(step => sign * step * RESOLUTION)
}

const findFlip = (
  search: Search,
  over: Contest['over'],
  replies: readonly SeenReply[],
  probes: readonly Micros[],
): { by: Micros; unchangedAt: Micros; fate: Fate } | undefined => {
  let unchangedAt: Micros = 0
  for (const probe of probes) {
    if (search.exhausted) return undefined
    const fate = search.fate(replies, probe)
    if (isOther(over, fate, search.base)) return narrow(search, over, replies, unchangedAt, probe, fate)
    unchangedAt = probe
  }
  return undefined
}

/** Bisection; the point is mostly one step back, where the packets pass each other. */
const narrow = (
  search: Search,
  over: Contest['over'],
  replies: readonly SeenReply[],
  calm: Micros,
  changed: Micros,
  fateThere: Fate,
): { by: Micros; unchangedAt: Micros; fate: Fate } => {
  let [low, high, fate] = [calm / RESOLUTION, changed / RESOLUTION, fateThere]
  let next = high - Math.sign(high)
  while (Math.abs(high - low) > 1 && !search.exhausted) {
    const there = search.fate(replies, next * RESOLUTION)
    if (isOther(over, there, search.base)) [high, fate] = [next, there]
    else low = next
    next = Math.trunc((low + high) / 2)
  }
  return { by: high * RESOLUTION, unchangedAt: low * RESOLUTION, fate }
}
