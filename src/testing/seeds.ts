/**
 * Checks over many seeds of one scenario: what holds under every race, and what happens under some. A seed that fails
 * is named, made small, and can be run again on the command line. Runs one after the other, in this thread: a check is
 * a function, and sees each result.
 */
import { AssertionError } from 'node:assert'
import { UsageError } from '../core/exit.ts'
import { parseSeeds } from '../experiments/sweep/plan.ts'
import { FinishedRun } from '../library/result.ts'
import {
  type ScenarioChanges,
  type ScenarioLike,
  type WrittenScenario,
  openScenario,
} from '../library/scenario.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { runScenario } from '../simulation/run.ts'
import { type Check, type CheckFailure, failureOf } from './check.ts'
import { type FailureOptions, leave } from './failures.ts'
import { type Smallest, smallestFailing } from './smallest.ts'
import { nameOfTest } from './test-context.ts'

export interface SeedOptions extends FailureOptions, Pick<ScenarioChanges, 'set'> {
  /** How many, from 1 on, or a range such as `'11..20'`; default 100. */
  readonly seeds?: number | string | undefined
}

export interface AlwaysOptions extends SeedOptions {
  /** False: a failing seed is not made small. Default true. */
  readonly shrink?: boolean | undefined
}

/**
 * The check holds for every seed. Else rejects with `AssertionError`, which names the first seed that fails, with the
 * check's own words, a small scenario that fails in the same way, and how to run it again.
 */
export const always = async (scenario: ScenarioLike, options: AlwaysOptions, check: Check): Promise<void> => {
  const opened = openScenario(scenario)
  const { first, last } = seedsOf(options)
  for (let seed = first; seed <= last; seed++) {
    const result = resultFor(opened, options, seed)
    const failure = await failureOf(check, result, seed)
    if (!failure) continue
    const small =
      options.shrink === false ? undefined : smallestFailing(opened, options.set, seed, check, failure)
    throw failedSeed({ scenario: opened, options, seed, result, failure, small }, `${first}..${last}`)
  }
}

/** The check holds for at least one seed, which is what it comes to. Else rejects with `AssertionError`. */
export const sometimes = async (
  scenario: ScenarioLike,
  options: SeedOptions,
  check: Check,
): Promise<{ readonly seed: number }> => {
  const opened = openScenario(scenario)
  const { first, last } = seedsOf(options)
  for (let seed = first; ; seed++) {
    const result = resultFor(opened, options, seed)
    const failure = await failureOf(check, result, seed)
    if (!failure) return { seed }
    if (seed < last) continue
    const left = leave(named(options, opened, seed), opened, result)
    throw new AssertionError({
      message: [
        `the check holds for none of the seeds ${first}..${last}; with the last of them:`,
        failure.text,
        ...leftLines(left),
      ].join('\n'),
      operator: 'sometimes',
      stackStartFn: sometimes,
    })
  }
}

const seedsOf = ({ seeds = 100 }: SeedOptions): { readonly first: number; readonly last: number } => {
  const parsed = parseSeeds(String(seeds))
  if (parsed.ok) return parsed.value
  throw new UsageError(`seeds: ${parsed.message}`)
}

const resultFor = (scenario: WrittenScenario, { set }: SeedOptions, seed: number): FinishedRun => {
  const checked = scenario.with({ set, seed })
  return new FinishedRun(checked, runScenario(checked, surroundingsOf(checked)))
}

interface FailedSeed {
  readonly scenario: WrittenScenario
  readonly options: SeedOptions
  readonly seed: number
  readonly result: FinishedRun
  readonly failure: CheckFailure
  readonly small: Smallest | undefined
}

const failedSeed = (
  { scenario, options, seed, result, failure, small }: FailedSeed,
  range: string,
): Error => {
  const left = leave(named(options, scenario, seed), scenario, result, small?.yaml)
  const { actual, expected } = failure.error instanceof AssertionError ? failure.error : {}
  const error = new AssertionError({
    message: [
      `seed ${seed} of ${range}: ${failure.text}`,
      `Again: ${command(scenario, options, seed, left)}`,
      ...(small ? [`The smallest scenario that fails in the same way has ${small.text}.`] : []),
      ...leftLines(left),
    ].join('\n'),
    actual,
    expected,
    operator: 'always',
    stackStartFn: always,
  })
  error.cause = failure.error
  return error
}

const leftLines = (left: readonly string[]): string[] => (left.length > 0 ? [`Left: ${left.join(', ')}`] : [])

/** A check over seeds has no context of a test to take its name from. */
const named = ({ failures, name }: SeedOptions, scenario: WrittenScenario, seed: number): FailureOptions => ({
  failures,
  name: name ?? nameOfTest(undefined) ?? `${scenario.title} seed ${seed}`,
})

/** What shows the same on the command line; a scenario that is no file was left as one. */
const command = (
  scenario: WrittenScenario,
  { set = {} }: SeedOptions,
  seed: number,
  left: readonly string[],
): string => {
  const file = 'text' in scenario.source ? scenario.file : left.find(path => path.endsWith('scenario.yaml'))
  const changes = Object.entries(set).map(([path, value]) => ` --set '${path}=${textOf(value)}'`)
  if (file === undefined) return `in a test, { seeds: '${seed}..${seed}' }`
  return `nbs run ${file} --seed ${seed}${changes.join('')}`
}

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '~'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
