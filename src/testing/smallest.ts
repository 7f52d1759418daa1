/**
 * The smallest scenario in which a check fails in the same way as in a larger one. Does not look for the failure.
 */
import { shrink } from '../experiments/shrink/shrink.ts'
import { FinishedRun } from '../library/result.ts'
import type { ScenarioChanges, WrittenScenario } from '../library/scenario.ts'
import { openSource } from '../scenario/read-file.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { type Check, type CheckFailure, failureNow, isAlike, isPromise } from './check.ts'

export interface Smallest {
  readonly yaml: string
  /** `1 machine and 2 servers, in 14 lines`. */
  readonly text: string
}

/** A test that has failed should say so soon. */
const MAX_RUNS = 300

/** Undefined where it cannot be found: the check takes its time, or has no words to know its failure by. */
export const smallestFailing = (
  scenario: WrittenScenario,
  set: ScenarioChanges['set'],
  seed: number,
  check: Check,
  failure: CheckFailure,
): Smallest | undefined => {
  if (!failure.error || failure.isLate || scenario.hasFunctions) return undefined
  const { file } = scenario
  const outcome = shrink(scenario.changedYaml({ set }), {
    request: {
      kind: 'check',
      text: failure.text,
      machines: machinesOf(failure),
      shows: (run, checked) => isSame(check, new FinishedRun(checked, run), seed, failure),
    },
    seed,
    maxRuns: MAX_RUNS,
    surroundings: surroundingsOf(scenario.checked),
    load: text => openSource({ file, text }),
  })
  if ('problem' in outcome) return undefined
  const { text: yaml, after, removed } = outcome.shrunk
  if (removed.length === 0) return undefined
  const machines = `${after.machines} ${after.machines === 1 ? 'machine' : 'machines'}`
  const servers = `${after.servers} ${after.servers === 1 ? 'server' : 'servers'}`
  return { yaml, text: `${machines} and ${servers}, in ${after.lines} lines` }
}

const isSame = (check: Check, result: FinishedRun, seed: number, failure: CheckFailure): boolean => {
  try {
    const found = failureNow(check, result, seed)
    return found !== undefined && !isPromise(found) && isAlike(found, failure)
  } catch {
    // It names what is no longer there.
    return false
  }
}

/** Those that an assertion named. */
const machinesOf = ({ error }: CheckFailure): readonly string[] => {
  const actual: unknown = error && 'actual' in error ? error.actual : undefined
  return typeof actual === 'object' && actual !== null ? Object.keys(actual) : []
}
