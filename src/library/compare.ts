/**
 * One machine of each firmware in turn in the same scenario. Does not know how a run works.
 */
import { UsageError } from '../core/exit.ts'
import { type Comparison, compareFirmware } from '../experiments/compare.ts'
import { verdictOf } from '../report/compare.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { type ScenarioChanges, type ScenarioLike, openScenario } from './scenario.ts'

export interface CompareOptions extends ScenarioChanges {
  /** The machine whose MAC and place they take; default: the scenario's first. */
  readonly client?: string | undefined
  /** `usual`, each family as it usually is (the default), or in every profile. */
  readonly profiles?: 'usual' | 'all' | undefined
}

/** What `nbs compare --json` prints. */
export interface CompareResult extends Comparison {
  /** One sentence: who boots from whom. */
  readonly verdict: string
}

/** Rejects with `InvalidScenarioError`, or `UsageError` where there is no such machine. */
export const compare = async (
  scenario: ScenarioLike,
  options: CompareOptions = {},
): Promise<CompareResult> => {
  const { client, profiles = 'usual', ...changes } = options
  const checked = openScenario(scenario).with(changes)
  const comparison = compareFirmware(checked, surroundingsOf(checked), {
    ...(client !== undefined && { client }),
    allProfiles: profiles === 'all',
  })
  if (comparison) return { ...comparison, verdict: verdictOf(comparison) }
  throw new UsageError(
    client === undefined
      ? `${checked.file} has no machine to compare: give it a group of clients`
      : `there is no machine "${client}" in ${checked.file}`,
  )
}
