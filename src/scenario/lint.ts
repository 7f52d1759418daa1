/**
 * Rules that need no run: a scenario's file against what the vendor and the protocols demand, each finding with line
 * and column. Does not run anything and does not say what is wrong with the file's form: `load.ts` does.
 */
import { SEVERITIES, type Severity } from '../analysis/finding-meta.ts'
import { LINT_RULES } from './lint/rules.ts'
import { siteOf } from './lint/site.ts'
import { formatPath, placeOf } from '../document/located.ts'
import { type ScenarioSource, treeOf } from './load.ts'
import type { Scenario } from './model.ts'

export { LINT_RULES } from './lint/rules.ts'

export interface LintFinding {
  readonly rule: string
  readonly severity: Severity
  readonly file: string
  readonly line: number
  readonly column: number
  /** `servers.nbs-b`. */
  readonly field: string
  readonly servers: readonly string[]
  readonly message: string
  readonly because: string
  readonly remedy: string
}

/** `source` is what the scenario was loaded from. Worst first. */
export const lintScenario = (scenario: Scenario, source: ScenarioSource): LintFinding[] => {
  const { file } = scenario
  const { root } = treeOf(source)
  // A scenario that was loaded has a root.
  if (!root) return []
  const site = siteOf(scenario)
  const findings = Object.entries(LINT_RULES).flatMap(([rule, { severity, test }]) =>
    test(site).map(({ path, side, ...draft }): LintFinding => {
      const { line, column } = placeOf(root, path, side ?? 'value')
      return {
        rule,
        severity: draft.severity ?? severity,
        file,
        line,
        column,
        field: formatPath(path),
        servers: draft.servers,
        message: draft.message,
        because: draft.because,
        remedy: draft.remedy,
      }
    }),
  )
  return findings.sort(worstFirst)
}

const worstFirst = (a: LintFinding, b: LintFinding): number =>
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.line - b.line || a.column - b.column
