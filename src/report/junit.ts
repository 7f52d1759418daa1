/**
 * Runs as a JUnit document, for CI systems: one suite per scenario, one case per expectation and one per finding. A
 * finding fails its case if its severity was said to. Does not list machines.
 */
import { isUnwanted } from '../analysis/unwanted.ts'
import type { FindingResult, RunResult } from '../simulation/result.ts'
import { escaped } from './xml.ts'

/** Findings of this severity, or a worse one, count as failed. */
export const FAIL_ON = ['error', 'warning'] as const
export type FailOn = (typeof FAIL_ON)[number]

export const reportJunit = (results: readonly RunResult[], failOn?: FailOn): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${results.map(result => suiteText(result, failOn)).join('\n')}\n</testsuites>\n`

interface Case {
  readonly name: string
  /** Undefined: it passed. */
  readonly failure?: string | undefined
  readonly output?: string | undefined
}

const suiteText = (result: RunResult, failOn: FailOn | undefined): string => {
  const cases: readonly Case[] = [
    ...result.expectations.map(({ text, met, got }) => ({
      name: text,
      failure: met ? undefined : `got ${got}`,
    })),
    ...result.findings.map((finding, index) => findingCase(finding, index, failOn)),
  ]
  const failures = cases.filter(({ failure }) => failure !== undefined).length
  const attributes = `name="${escaped(result.title)}" tests="${cases.length}" failures="${failures}" time="${result.virtualSeconds}"`
  return [
    `  <testsuite ${attributes}>`,
    ...cases.map(one => caseText(result.scenario, one)),
    '  </testsuite>',
  ].join('\n')
}

/** Numbered, since one rule can have several findings, and readers tell cases apart by name. */
const findingCase = (finding: FindingResult, index: number, failOn: FailOn | undefined): Case => {
  const { rule, severity, message, because, remedy, subnet } = finding
  const name = `${severity} ${index + 1}: ${rule}${subnet === null ? '' : ` on ${subnet}`}`
  const counts = failOn !== undefined && isUnwanted(failOn)(finding)
  return { name, failure: counts ? message : undefined, output: `${message}\nwhy: ${because}\ndo: ${remedy}` }
}

const caseText = (scenario: string, { name, failure, output }: Case): string => {
  const head = `    <testcase classname="${escaped(scenario)}" name="${escaped(name)}"`
  const inside = [
    ...(failure === undefined ? [] : [`      <failure message="${escaped(failure)}"/>`]),
    ...(output === undefined ? [] : [`      <system-out>${escaped(output)}</system-out>`]),
  ]
  return inside.length === 0 ? `${head}/>` : [`${head}>`, ...inside, '    </testcase>'].join('\n')
}
