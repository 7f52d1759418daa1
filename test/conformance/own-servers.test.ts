import t from 'tap'
import { CLAUSES } from '../../src/conformance/chapters.ts'
import type { Checked } from '../../src/conformance/suite.ts'
import { OWN_SERVERS } from '../../src/conformance/targets/own.ts'
import { checkOwn, idsOf } from './own.ts'

/** docs/conformance.md says why. */
const EXPLAINED: Readonly<Record<string, readonly string[]>> = { dhcp: ['D08'] }

const all = new Map<string, Promise<Checked>>(OWN_SERVERS.map(({ name }) => [name, checkOwn(name)]))

for (const [name, checking] of all)
  t.test(`${name} keeps every clause that applies to it, but for what is explained`, async t => {
    const { clauses } = await checking
    const failed = clauses.filter(({ result }) => result.verdict === 'failed')
    t.same(
      failed.map(({ result }) => result.id),
      EXPLAINED[name] ?? [],
      failed.map(({ result }) => `${result.id}: ${result.because}`).join('\n'),
    )
    t.ok(
      failed.every(({ result }) => result.level === 'PEER'),
      'no MUST and no SHOULD',
    )
  })

t.test('what no server of ours shows is a short list', async t => {
  const passed = new Set((await Promise.all(all.values())).flatMap(checked => idsOf(checked, 'passed')))
  t.same(
    CLAUSES.filter(({ id }) => !passed.has(id)).map(({ id }) => id),
    ['P19', 'D08', 'D14', 'H01', 'H02', 'H03', 'H04', 'H05', 'H06', 'H07', 'H08'],
    'a loader of iPXE, a second name for the boot file, HTTP and IPv6 are not there',
  )
})

t.test('the verdict on a clause does not depend on what else is asked', async t => {
  const alone = await checkOwn('dhcp', ['D11', 'D02'])
  const again = await checkOwn('dhcp', ['D02', 'D11'])
  const byId = (checked: typeof alone) =>
    Object.fromEntries(checked.clauses.map(({ result }) => [result.id, result]))
  t.same(byId(alone), byId(again))
  t.same(
    alone.clauses.map(({ result }) => result.id),
    ['D11', 'D02'],
    'in the order that was asked for',
  )
})
