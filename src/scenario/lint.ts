/**
 * Rules that need no run: a scenario's file against what the vendor and the protocols demand, each finding with line
 * and column. Does not run anything and does not say what is wrong with the file's form: `load.ts` does.
 */
import type { LintDetails } from '../../schema/findings.d.ts'
import { SEVERITIES, type Severity } from '../analysis/finding-meta.ts'
import type { WithDetails } from '../analysis/finding.ts'
import { type Located, formatPath, placeOf } from '../document/located.ts'
import { LINT_RULES } from './lint/index.ts'
import type { BoundLintReport, LintRule } from './lint/lint-rule.ts'
import { topologyOf } from './lint/topology.ts'
import { type ScenarioSource, treeOf } from './load.ts'
import type { Scenario } from './model.ts'

export { LINT_RULES } from './lint/index.ts'

interface LintFacts {
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

/** Rule -> its details; schema/findings.d.ts has them written out. */
export type DetailsOfLint = {
  readonly [R in (typeof LINT_RULES)[number] as R['id']]: R extends {
    test: (...args: never) => readonly BoundLintReport<infer D>[]
  }
    ? D
    : never
}

/** `rule` tells which `details` there are. */
export type LintFinding = WithDetails<LintFacts, LintDetails>

/** `source` is what the scenario was loaded from. Worst first. */
export const lintScenario = (scenario: Scenario, source: ScenarioSource): LintFinding[] => {
  const { root } = treeOf(source)
  // A scenario that was loaded has a root.
  if (!root) return []
  const topology = topologyOf(scenario)
  const rules: readonly LintRule[] = LINT_RULES
  return rules
    .flatMap(rule => rule.test(topology).map(report => findingOf(rule, report, root, scenario.file)))
    .sort(worstFirst)
}

const findingOf = (
  { id, severity }: LintRule,
  report: BoundLintReport,
  root: Located,
  file: string,
): LintFinding => {
  const { line, column } = placeOf(root, report.path, report.side ?? 'value')
  const { text, because, remedy } = report.tell()
  const finding = {
    rule: id,
    severity: report.severity ?? severity,
    file,
    line,
    column,
    field: formatPath(report.path),
    servers: report.servers,
    message: text,
    because,
    remedy,
    details: report.details,
  }
  // Test and sentences were bound to the id by `lintRule`: the details are those of the rule.
  return finding as unknown as LintFinding
}

const worstFirst = (a: LintFinding, b: LintFinding): number =>
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.line - b.line || a.column - b.column
