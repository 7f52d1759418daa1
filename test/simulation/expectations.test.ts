/**
 * What a scenario can expect of findings and of time, judged on a run; and what is refused when it is read.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { SEVERITIES, type Severity } from '../../src/analysis/finding-meta.ts'
import { isUnwanted } from '../../src/analysis/unwanted.ts'
import { parseScenario, run } from '../../src/index.ts'
import { assert } from '../../src/testing.ts'
import { InvalidScenarioError } from '../../src/document/errors.ts'

const CASE = readFileSync('test/fixtures/cases/nc-error-but-green.yaml', 'utf8')
const HEALTHY = readFileSync('scenarios/one-nbs.yaml', 'utf8')

const judged = async (text: string, expect: unknown): Promise<string[]> => {
  const { expectations } = await run(parseScenario(text, { file: 'scenarios/x.yaml' }), { set: { expect } })
  return expectations.map(({ text: what, met, got }) => `${met ? 'met' : 'NOT MET'}: ${what}; ${got}`)
}

const refused = (expect: string): string => {
  try {
    parseScenario(`${CASE}\nexpect: ${expect}`, { file: 'f' })
  } catch (error) {
    if (error instanceof InvalidScenarioError) return error.message
    throw error
  }
  return ''
}

t.test('noFindings: all, error, warning, or rules', async t => {
  for (const which of ['all', 'error', 'warning'])
    t.match(
      await judged(CASE, { noFindings: which }),
      [/^NOT MET: no findings.*; multiple-dhcp-servers, no-pxe-responder$/],
      which,
    )
  t.strictSame(await judged(HEALTHY, { noFindings: 'all' }), ['met: no findings; nothing'])
  t.strictSame(await judged(HEALTHY, { noFindings: 'error' }), [
    'met: no findings of severity error; nothing',
  ])
  t.match(await judged(CASE, { noFindings: ['chain-loop', 'multiple-dhcp-servers'] }), [/^met/, /^NOT MET/])
})

t.test('an info is no warning', async t => {
  const kinds = (unwanted: Parameters<typeof isUnwanted>[0]): Severity[] =>
    SEVERITIES.filter(severity => isUnwanted(unwanted)({ rule: 'x', severity }))
  t.strictSame(kinds('error'), ['error'])
  t.strictSame(kinds('warning'), ['error', 'warning'])
  t.strictSame(kinds('all'), ['error', 'warning', 'info'])
  t.strictSame([kinds(['x']).length, kinds(['y']).length], [3, 0])
})

t.test('within: every machine to its end in time', async t => {
  t.match(await judged(HEALTHY, { outcomes: { pc: { within: '60s' } } }), [
    /^met: pc: within 60 s; [\d.]+ s$/,
  ])
  t.match(await judged(HEALTHY, { outcomes: { pc: { within: '1s' } } }), [
    /^NOT MET: pc: within 1 s; pc-1 [\d.]+ s, pc-2 /,
  ])
  const pending = CASE.replace('title:', 'limit: 20s\ntitle:')
  t.match(await judged(pending, { outcomes: { pc: { within: '20s' } } }), [
    'NOT MET: pc: within 20 s; pc-1 pending',
  ])
})

t.test('what is refused', async t => {
  t.match(refused('{ noFindings: errors }'), /f:11:\d+: expect\.noFindings: .*did you mean error\?/)
  t.match(refused('{ noFindings: all, findings: [chain-loop] }'), /expect\.noFindings: all are unwanted/)
  t.match(refused('{ noFindings: [chain-lop] }'), /expect\.noFindings\[0\]: .*did you mean chain-loop\?/)
  t.match(refused('{ outcomes: { pc: { within: 10 } } }'), /within: a duration needs a unit.*10s/)
  t.match(refused('{ outcomes: { pc: { within: 121s } } }'), /within: the run ends at 120\.00 s/)
})

t.test('the assertions of tests mean the same', async t => {
  const result = await run(parseScenario(CASE))
  t.throws(() => assert.noFindings(result, 'error'), /2 findings of severity error/)
  t.throws(() => assert.within(result, 'pc', '10s'), /did not come to an end within 10 s/)
  t.match(result.junit({ failOn: 'error' }), /tests="2" failures="2"/)
  t.match(result.junit(), /tests="2" failures="0"/)
})
