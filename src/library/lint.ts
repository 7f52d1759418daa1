/**
 * Scenarios against rules that need no run. Does not know the rules.
 */
import { type LintFinding, lintScenario } from '../scenario/lint.ts'
import { type ScenarioLike, openScenario } from './scenario.ts'

/** What `nbs lint --json` prints. */
export interface LintResult {
  readonly files: readonly string[]
  /** Those of a file together, the worst first. */
  readonly findings: readonly LintFinding[]
}

/** Rejects with `InvalidScenarioError` where one cannot be read. */
export const lint = async (scenarios: ScenarioLike | readonly ScenarioLike[]): Promise<LintResult> => {
  const opened = listOf(scenarios).map(openScenario)
  return {
    files: opened.map(({ file }) => file),
    findings: opened.flatMap(({ checked, source }) => lintScenario(checked, source)),
  }
}

const listOf = (scenarios: ScenarioLike | readonly ScenarioLike[]): readonly ScenarioLike[] =>
  isList(scenarios) ? scenarios : [scenarios]

const isList = (scenarios: ScenarioLike | readonly ScenarioLike[]): scenarios is readonly ScenarioLike[] =>
  Array.isArray(scenarios)
