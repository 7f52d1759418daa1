/**
 * Expectations as a JUnit document, for CI systems: one suite per scenario, one case per expectation. Does not list
 * machines or findings that nobody expected.
 */
import type { RunResult } from '../simulation/result.ts'
import { escaped } from './xml.ts'

export const reportJunit = (results: readonly RunResult[]): string => {
  const suites = results.map(result => {
    const failures = result.expectations.filter(expectation => !expectation.met).length
    const cases = result.expectations.map(({ text, met, got }) => {
      const head = `    <testcase classname="${escaped(result.scenario)}" name="${escaped(text)}"`
      return met
        ? `${head}/>`
        : `${head}>\n      <failure message="${escaped(`got ${got}`)}"/>\n    </testcase>`
    })
    const attributes = `name="${escaped(result.title)}" tests="${cases.length}" failures="${failures}" time="${result.virtualSeconds}"`
    return [`  <testsuite ${attributes}>`, ...cases, '  </testsuite>'].join('\n')
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`
}
