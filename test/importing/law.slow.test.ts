/**
 * The law of import: the scenario that is made of a run's capture has the winners, leases, files, outcomes and codes of
 * that run. Over the shipped scenarios, and over hard cases at random; what no capture of DHCP and TFTP shows is told apart.
 */
import { readdirSync } from 'node:fs'
import t from 'tap'
import { readScenario } from '../../src/scenario/read-file.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { byEffort, sample } from '../effort.ts'
import { hardCase } from '../simulation/hard/hard-case.ts'
import { textScenario } from '../simulation/running.ts'
import { type Tally, agreementOf, lawOf } from './agreement.ts'

const shipped = readdirSync('scenarios', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.yaml'))
  .sort()

/** Machines whose fate differs although nothing explains it: of all that a capture shows, so many in a hundred at most. */
const MAX_UNEXPLAINED = 0.01

const tell = (test: typeof t, { machines, unseen, explained, unexplained }: Tally): void => {
  const seen = machines - unseen
  test.comment(
    `${machines} machines, ${unseen} of them unseen; ${seen - explained.length - unexplained.length} agree, ${explained.length} differ in what no capture shows`,
  )
  for (const line of unexplained) test.comment(line)
  test.ok(seen > 40)
  test.ok(unexplained.length <= seen * MAX_UNEXPLAINED, unexplained.join('\n'))
}

t.test('over the shipped scenarios', async t => {
  const tally = lawOf(
    sample(shipped, 40).flatMap((name): [string, Scenario][] => {
      const loaded = readScenario(`scenarios/${name}`)
      return loaded.ok ? [[name, loaded.scenario]] : []
    }),
  )
  tell(t as never, tally)
})

/** All two thousand, by hand: NBS_SLOW=2. */
const CASES = byEffort({ quick: 40, thorough: 250, night: 2_000 })

t.test('over hard cases at random', async t => {
  const cases = Array.from({ length: CASES }, (_, n): [string, Scenario][] => {
    try {
      return [[`hard ${n + 1}`, textScenario(hardCase(n + 1))]]
    } catch {
      // Some cases name a server that they do not have.
      return []
    }
  })
  tell(t as never, lawOf(cases.flat()))
})

t.test('an empty run is an empty scenario', async t => {
  const { machines, unseen } = agreementOf(
    textScenario('title: none\nsubnets: { lan: { cidr: 10.0.0.0/24 } }\n'),
  )
  t.same([machines, unseen], [0, 0])
})
