/**
 * Findings as a JUnit document, for CI systems: one suite per input, one case per rule that was looked at. A finding of
 * severity `error` (or what `failOn` says) fails its case, others are told beside it. Does not write files.
 */
import type { Severity } from '../analysis/analyzer.ts'
import { isUnwanted } from '../analysis/unwanted.ts'
import type { FailOn } from './junit.ts'
import { escaped } from './xml.ts'

export interface FindingsSuite {
  readonly name: string
  readonly seconds: number
  /** Every rule that was looked at: one without a finding is a case that passed. */
  readonly rules: readonly string[]
  readonly findings: readonly SuiteFinding[]
}

interface SuiteFinding {
  readonly rule: string
  readonly severity: Severity
  readonly message: string
  readonly remedy: string
}

export const reportFindingsJunit = (suites: readonly FindingsSuite[], failOn: FailOn = 'error'): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.map(suite => suiteText(suite, failOn)).join('\n')}\n</testsuites>\n`

const suiteText = ({ name, seconds, rules, findings }: FindingsSuite, failOn: FailOn): string => {
  const fails = isUnwanted(failOn)
  const failed = rules.filter(rule => findings.some(f => f.rule === rule && fails(f)))
  return [
    `  <testsuite name="${escaped(name)}" tests="${rules.length}" failures="${failed.length}" time="${seconds}">`,
    ...rules.map(rule =>
      caseText(
        name,
        rule,
        findings.filter(finding => finding.rule === rule),
        fails,
      ),
    ),
    '  </testsuite>',
  ].join('\n')
}

const caseText = (
  name: string,
  rule: string,
  findings: readonly SuiteFinding[],
  fails: (finding: SuiteFinding) => boolean,
): string => {
  const head = `    <testcase classname="${escaped(name)}" name="${escaped(rule)}"`
  if (findings.length === 0) return `${head}/>`
  const errors = findings.filter(fails)
  const others = findings.filter(finding => !fails(finding))
  return [
    `${head}>`,
    // One failure per case: that is what readers of this format take.
    ...(errors[0]
      ? [
          `      <failure message="${escaped(errors[0].message)}">${escaped(errors.map(textOf).join('\n'))}</failure>`,
        ]
      : []),
    ...(others.length > 0
      ? [`      <system-out>${escaped(others.map(textOf).join('\n'))}</system-out>`]
      : []),
    '    </testcase>',
  ].join('\n')
}

const textOf = ({ severity, message, remedy }: SuiteFinding): string => `${severity}: ${message} ${remedy}`
