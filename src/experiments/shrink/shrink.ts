/**
 * The smallest scenario that still shows a finding, or still fails an expectation: takes out and simplifies, runs,
 * and keeps what still shows it, until nothing more can go. Greedy, so the result is a local minimum: no single
 * thing can be taken out of it, but another small scenario may exist.
 */
import type { Loaded } from '../../scenario/load.ts'
import type { Scenario } from '../../scenario/model.ts'
import { isNbs } from '../../servers/nbs/kind.ts'
import type { RunResult } from '../../simulation/result.ts'
import { type Run, type RunSurroundings, runScenario } from '../../simulation/run.ts'
import { type Goal, type GoalRequest, goalOf } from './goal.ts'
import {
  type Move,
  type Moves,
  type Position,
  fewerFaults,
  fewerFields,
  fewerItems,
  fewerMachines,
  fewerThings,
  simplerValues,
} from './moves.ts'
import { ShrinkTree, repaired } from './tree.ts'

export interface ShrinkOptions {
  readonly request: GoalRequest
  /** Seed to use instead of the one in the scenario. */
  readonly seed?: number
  readonly load: (text: string) => Loaded
  readonly surroundings: RunSurroundings
  /** Default: `MAX_SHRINK_RUNS`. */
  readonly maxRuns?: number
  readonly onProgress?: (progress: { readonly runs: number; readonly size: SizeOf }) => void
}

export interface SizeOf {
  readonly subnets: number
  readonly routers: number
  readonly servers: number
  readonly nbs: number
  readonly notificationServers: number
  readonly machines: number
  readonly faults: number
  readonly lines: number
}

export interface Shrunk {
  readonly text: string
  readonly scenario: Scenario
  readonly result: RunResult
  readonly goal: string
  readonly seed: number
  readonly before: SizeOf
  readonly after: SizeOf
  /** In the order in which it went. */
  readonly removed: readonly string[]
  readonly runs: number
  /** False: the limit of runs was reached, and more might go. */
  readonly complete: boolean
}

export type ShrinkOutcome = { readonly shrunk: Shrunk } | { readonly problem: string }

/** Most runs of one search (docs/limits.md). */
const MAX_SHRINK_RUNS = 2000
/** Where a large step hides the finding at this seed, others may show it still. */
const OTHER_SEEDS: readonly number[] = [1, 2, 3, 4]

const PASSES: readonly Moves[] = [
  fewerMachines,
  fewerThings,
  fewerFaults,
  fewerItems,
  fewerFields,
  simplerValues,
]

/** `text` loads. */
export const shrink = (text: string, options: ShrinkOptions): ShrinkOutcome => {
  const tree = ShrinkTree.parse(text)
  if (options.seed !== undefined) tree.set(['seed'], options.seed)
  const loaded = options.load(tree.text() ?? text)
  if (!loaded.ok) return { problem: 'the scenario cannot be read as a tree that can be written again' }
  const { scenario } = loaded
  const { result } = runScenario(scenario, options.surroundings)
  const found = goalOf(options.request, scenario, result)
  if ('problem' in found) return { problem: `seed ${scenario.seed}: ${found.problem}` }
  const search = new Search(found.goal, options, { tree, scenario, result })
  search.prune()
  while (PASSES.map(moves => search.pass(moves)).some(Boolean));
  const { position } = search
  const { text: small, goal, removed, runs, complete } = search
  const { seed } = position.scenario
  const [before, after] = [sizeOf(scenario, text), sizeOf(position.scenario, small)]
  return {
    shrunk: { text: small, ...position, goal: goal.text, seed, before, after, removed, runs, complete },
  }
}

class Search {
  position: Position
  text: string
  readonly goal: Goal
  readonly removed: string[] = []
  runs = 1
  complete = true
  /** The whole scenario shows it because of its faults; then so must the small one, or it shows something else. */
  #needsFaults = false
  readonly #options: ShrinkOptions
  readonly #tried = new Set<string>()

  constructor(goal: Goal, options: ShrinkOptions, position: Position) {
    this.goal = goal
    this.#options = options
    this.position = position
    this.text = position.tree.text() ?? ''
  }

  /** What is for readers of the whole: its tour, its lesson, its other expectations. */
  prune(): void {
    this.#accept({
      what: 'steps, teaches and other expectations',
      size: 'small',
      apply: tree => {
        this.goal.keepOnly(tree)
        tree.remove(['steps'])
        tree.remove(['teaches'])
        return true
      },
    })
    const { scenario } = this.position
    this.#needsFaults = scenario.faults.length > 0 && !this.#showsWithoutFaults(scenario)
  }

  /** True if anything went. */
  pass(moves: Moves): boolean {
    let changed = false
    let list = moves(this.position, this.goal)
    for (let at = 0; at < list.length && this.complete;)
      if (this.#accept(list[at]!)) {
        changed = true
        // The list of what is left; what was tried before `at` is known and not run again.
        list = moves(this.position, this.goal)
      } else at++
    return changed
  }

  #accept(move: Move): boolean {
    const tree = this.position.tree.copy()
    if (!move.apply(tree)) return false
    const written = tree.text()
    if (written === undefined || this.#tried.has(written)) return false
    this.#tried.add(written)
    const small = repaired(tree, this.#options.load)
    if (!small || (small.text !== written && this.#tried.has(small.text))) return false
    this.#tried.add(small.text)
    const seeds = move.size === 'large' ? [small.scenario.seed, ...OTHER_SEEDS] : [small.scenario.seed]
    for (const seed of new Set(seeds)) {
      const scenario = { ...small.scenario, seed }
      const run = this.#run(scenario)
      if (!run) return false
      if (!this.goal.shows(run, scenario)) continue
      if (this.#needsFaults && (scenario.faults.length === 0 || this.#showsWithoutFaults(scenario))) continue
      if (seed !== small.scenario.seed) tree.set(['seed'], seed)
      this.position = { tree, scenario, result: run.result }
      this.text = tree.text() ?? small.text
      this.removed.push(move.what)
      this.#tell()
      return true
    }
    this.#tell()
    return false
  }

  #showsWithoutFaults(scenario: Scenario): boolean {
    const run = this.#run({ ...scenario, faults: [] })
    return run !== undefined && this.goal.shows(run, scenario)
  }

  #run(scenario: Scenario): Run | undefined {
    const { maxRuns = MAX_SHRINK_RUNS, surroundings } = this.#options
    if (this.runs >= maxRuns) {
      this.complete = false
      return undefined
    }
    this.runs++
    return runScenario(scenario, surroundings)
  }

  #tell(): void {
    const { scenario } = this.position
    this.#options.onProgress?.({ runs: this.runs, size: sizeOf(scenario, this.text) })
  }
}

const sizeOf = (scenario: Scenario, text: string): SizeOf => ({
  subnets: scenario.subnets.length,
  routers: scenario.routers.length,
  servers: scenario.servers.length,
  nbs: scenario.servers.filter(isNbs).length,
  notificationServers: scenario.notificationServers.length,
  machines: scenario.clients.reduce((sum, { members }) => sum + members.length, 0),
  faults: scenario.faults.length,
  lines: text.split('\n').filter(line => /^\s*[^#\s]/.test(line)).length,
})
