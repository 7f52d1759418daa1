/** `check` of the library. */
import t from 'tap'
import { type ScenarioObject, UsageError, check, version } from '../../src/index.ts'

const proxy = {
  kind: 'foreign',
  role: 'proxy',
  on: 'lab',
  address: '10.30.0.5',
  bootFile: 'boot.efi',
  files: { 'boot.efi': 4096 },
} as const
const scenario: ScenarioObject = {
  title: 'A proxy and an NBS',
  subnets: { lab: { cidr: '10.30.0.0/24' } },
  servers: { good: proxy, bad: { ...proxy, address: '10.30.0.6', omit: 'serverIdentifier' } },
}

t.test('a server of a scenario object is held against some clauses', async t => {
  const {
    target,
    version: by,
    clauses,
  } = await check(scenario, { server: 'bad', only: ['P04', 'p06', 'T13'] })
  t.match(target, /bad/)
  t.equal(by, version)
  t.same(
    clauses.map(({ id, verdict, because }) => [id, verdict, verdict === 'failed' ? because : '']),
    [
      ['P04', 'passed', ''],
      ['P06', 'failed', 'option 54 is missing'],
      ['T13', 'passed', ''],
    ],
  )
  t.same(clauses.find(({ id }) => id === 'P06')?.frames, [1, 2, 3], 'the question and both answers')
})

t.test('levels are a choice as well, and a change of the scenario changes the verdict', async t => {
  const set = { 'servers.good.malformed': 'no-end' }
  const { clauses } = await check(scenario, {
    server: 'good',
    only: ['P'],
    level: ['hardening', 'MUST'],
    set,
  })
  t.same(
    clauses.filter(({ verdict }) => verdict === 'failed').map(({ id }) => id),
    ['P15'],
  )
  t.ok(clauses.every(({ level }) => level === 'MUST' || level === 'HARDENING'))
})

t.test('what cannot be asked is said', async t => {
  const refusal = async (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'none',
      (error: unknown) => (error instanceof UsageError ? error.message : String(error)),
    )
  t.match(await refusal(check(scenario)), /say which server of .*: good, bad/)
  t.match(await refusal(check(scenario, { server: 'x' })), /there is no server "x"/)
  t.match(await refusal(check(undefined, { only: ['Z01'] })), /there is no clause "Z01"/)
})
