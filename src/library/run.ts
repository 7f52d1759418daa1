/**
 * Runs a scenario to its end and gives its result. In virtual time, unless something takes part that
 * lives by the wall clock. Does not print.
 */
import { qemuGuests } from '../network/attach/qemu/qemu.ts'
import type { Scenario as CheckedScenario } from '../scenario/model.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { runScenario } from '../simulation/run.ts'
import { type PacedOptions, needsWallClock, runPaced } from '../simulation/run-paced.ts'
import { FinishedRun, type Result } from './result.ts'
import { type ScenarioChanges, type ScenarioLike, openScenario } from './scenario.ts'

export interface RunOptions extends ScenarioChanges {
  /** Ends a run by the wall clock early, with an error. */
  readonly signal?: AbortSignal | undefined
}

/** Rejects with `InvalidScenarioError`; with `GuestError` where real firmware is wanted and cannot be had. */
export const run = async (scenario: ScenarioLike, options: RunOptions = {}): Promise<Result> =>
  runChecked(openScenario(scenario).with(options), options)

export interface LiveOptions {
  readonly signal?: AbortSignal | undefined
  /** By the wall clock also where no real firmware takes part. */
  readonly live?: boolean
  readonly watch?: PacedOptions['watch'] | undefined
}

export const runChecked = async (
  scenario: CheckedScenario,
  { live = false, signal, watch }: LiveOptions = {},
): Promise<FinishedRun> => {
  const surroundings = surroundingsOf(scenario)
  if (!live && !needsWallClock(scenario))
    return new FinishedRun(scenario, runScenario(scenario, surroundings))
  const run = await runPaced(scenario, surroundings, {
    guests: qemuGuests(),
    ...(signal && { signal }),
    ...(watch && { watch }),
  })
  return new FinishedRun(scenario, run, false)
}
