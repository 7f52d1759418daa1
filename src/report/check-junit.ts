/**
 * Results of the conformance suite as a JUnit document: one suite per target, one case per clause. What did not apply, or
 * was not run, is skipped. Does not write files.
 */
import type { CheckResult, ClauseResult } from '../conformance/suite.ts'
import { escaped } from './xml.ts'

export const reportCheckJunit = (results: readonly CheckResult[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${results.map(suiteText).join('\n')}\n</testsuites>\n`

const suiteText = ({ target, clauses }: CheckResult): string => {
  const count = (isMeant: (clause: ClauseResult) => boolean): number => clauses.filter(isMeant).length
  const failures = count(({ verdict }) => verdict === 'failed')
  const skipped = count(isSkipped)
  return [
    `  <testsuite name="${escaped(target)}" tests="${clauses.length}" failures="${failures}" skipped="${skipped}">`,
    ...clauses.map(clause => caseText(target, clause)),
    '  </testsuite>',
  ].join('\n')
}

const isSkipped = ({ verdict }: ClauseResult): boolean => verdict === 'notApplicable' || verdict === 'notRun'

const caseText = (target: string, clause: ClauseResult): string => {
  const { id, level, verdict, requirement, source, because } = clause
  const head = `    <testcase classname="${escaped(target)}" name="${escaped(`${id} ${level}: ${requirement}`)}"`
  if (verdict === 'failed')
    return `${head}>\n      <failure message="${escaped(because)}">${escaped(source)}</failure>\n    </testcase>`
  return isSkipped(clause)
    ? `${head}>\n      <skipped message="${escaped(because)}"/>\n    </testcase>`
    : `${head}/>`
}
