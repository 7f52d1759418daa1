/**
 * Odd packets with what real firmware made of them (test/fixtures/cases, measured on OVMF 2022.11 and QEMU's iPXE of
 * 2019): the outcome that each file expects, and what an expectation cannot say.
 */
import t, { type Test } from 'tap'
import { analyze } from '../../src/library/analyze.ts'
import { formatScenarioError } from '../../src/scenario/load.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import type { ClientResult } from '../../src/simulation/result.ts'
import { runScenario } from '../../src/simulation/run.ts'

const FOLDER = 'test/fixtures/cases'

/** The machines after the run; every expectation of the file is held. */
const run = (t: Test, name: string): readonly ClientResult[] => {
  const file = `${FOLDER}/${name}`
  const loaded = readScenario(file)
  if (!loaded.ok) throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
  const { clients, expectations } = runScenario(loaded.scenario, surroundingsOf(loaded.scenario)).result
  t.strictSame(
    expectations.filter(({ met }) => !met).map(({ text, got }) => `${text}: got ${got}`),
    [],
    `${name}: what was measured`,
  )
  return clients
}

const MET = [
  'fw-01a',
  'fw-01b',
  'fw-01c',
  'fw-01d',
  'fw-06',
  'fw-07',
  'fw-08',
  'fw-09',
  '18-slash31',
  '18b-mask-32',
  'fw-r32',
  'fw-r60',
]
for (const name of MET) t.test(name, async t => void run(t, `${name}.yaml`))

t.test(
  'fw-02: a menu without a boot server to ask ends without a code, in the middle of the line',
  async t => {
    const [ipxe] = run(t, 'fw-02.yaml')
    t.equal(ipxe!.code, null)
    t.equal(ipxe!.screen.at(-1), 'PXEBS (net0 type 1280)No more network devices')
  },
)

t.test('fw-03: a suboption that runs past option 43', async t => {
  const [, ipxe] = run(t, 'fw-03.yaml')
  t.equal(ipxe!.screen.at(-1), ' A. La+', 'its text ends in the code of the next option')
})

t.test('fw-04: iPXE takes options in `file` for the name', async t => {
  const { predictions } = await analyze(`${FOLDER}/fw-04.pcap`, { as: 'ipxe:2019-ra,ipxe' })
  const [old, head] = predictions!
  t.match(old, { outcome: 'failed', code: '2d12603b', file: 'C\u0007boot-s0\u00ff' })
  t.match(head, { outcome: 'failed', code: '2d12613b', file: 'C\u0007boot-s0\u00ff' })
})

t.test('18: EDK2 took neither address of a /31 before October 2017', async t => {
  const loaded = readScenario(`${FOLDER}/18-slash31.yaml`)
  if (!loaded.ok) throw new Error('not loaded')
  const { scenario } = loaded
  const outcomes = ['2010-2017', 'pre-2019', '2022'].map(profile => {
    const clients = scenario.clients.map(group => ({ ...group, profile }))
    const { code, outcome } = runScenario({ ...scenario, clients }, surroundingsOf(scenario)).result
      .clients[0]!
    return [outcome, code]
  })
  t.strictSame(outcomes, [
    ['failed', 'PXE-E09'],
    ['booted', null],
    ['booted', null],
  ])
})

t.test('a script is no program for EDK2, and one for iPXE', async t => {
  const { predictions } = await analyze(`${FOLDER}/det-prediction-edk2-script.pcap`, {
    as: 'edk2,ipxe,bios-rom',
  })
  t.match(predictions, [
    { firmware: 'edk2', outcome: 'failed', code: 'Not Found', rule: 'E-78', file: 'boot.ipxe' },
    { firmware: 'ipxe', outcome: 'booted' },
    { firmware: 'bios-rom', outcome: 'failed', rule: 'B-31' },
  ])
})
