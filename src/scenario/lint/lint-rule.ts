/**
 * A rule that needs no run: its test on the topology of a scenario, and the sentences that tell its details. Its meta
 * data is that of the registry of findings.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { Details } from '../../analysis/details.ts'
import { type BuiltInRule, metaOf } from '../../analysis/finding.ts'
import type { FindingMeta, Severity } from '../../analysis/finding-meta.ts'
import type { Path } from '../../document/located.ts'
import type { Topology } from './topology.ts'

export interface LintReport<D extends Details = Details> {
  /** Default: the rule's own. */
  readonly severity?: Severity
  /** Of the field in the file that is to be changed. */
  readonly path: Path
  readonly side?: 'key' | 'value'
  readonly servers: readonly string[]
  readonly details: D
}

export type LintTest<D extends Details> = (topology: Topology) => readonly LintReport<D>[]

/** What the module of a rule exports. `text` of the sentences is the whole message. */
interface LintModule<D extends Details> {
  readonly test: LintTest<D>
  readonly sentences: (details: D) => Sentences
}

/** A report that can tell itself. */
export interface BoundLintReport<D extends Details = Details> extends LintReport<D> {
  readonly tell: () => Sentences
}

export interface LintRule<Id extends BuiltInRule = BuiltInRule, D extends Details = Details> {
  readonly id: Id
  readonly severity: Severity
  /** One line without a full stop. */
  readonly meaning: string
  readonly test: (topology: Topology) => readonly BoundLintReport<D>[]
}

/** Binds sentences to reports, so that rules with different details stand in one list. */
export const lintRule = <const Id extends BuiltInRule, D extends Details>(
  id: Id,
  { test, sentences }: LintModule<D>,
): LintRule<Id, D> => {
  const { severity, meaning, origins }: FindingMeta = metaOf(id)
  return {
    id,
    severity,
    meaning: origins.lint?.meaning ?? meaning,
    test: topology => test(topology).map(report => ({ ...report, tell: () => sentences(report.details) })),
  }
}
