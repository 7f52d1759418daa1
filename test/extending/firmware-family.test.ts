/** A firmware family from outside `src/`: in a scenario, a run, a comparison, an explanation, a capture and a probe. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { Analyzer } from '../../src/analysis/analyzer.ts'
import { ip4At, parseIp4, toMac } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { compareFirmware } from '../../src/experiments/compare.ts'
import { Predictor, parsePersonas } from '../../src/experiments/predict/predict.ts'
import { explainMachine } from '../../src/experiments/what-if/explanation.ts'
import { FIRMWARE_FAMILIES, type FirmwareFamilies, clientKindsOf } from '../../src/firmware/catalogue.ts'
import { readScreen } from '../../src/firmware/screens.ts'
import { machinesOf } from '../../src/probe/machines.ts'
import { verdictOf } from '../../src/report/compare.ts'
import { reportExplanation } from '../../src/report/nearby.ts'
import { loadScenario } from '../../src/scenario/load.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { runScenario } from '../../src/simulation/run.ts'
import { ACME } from './acme.ts'

const families: FirmwareFamilies = [...FIRMWARE_FAMILIES, ACME]

const TEXT = `title: Two DHCP servers
seed: 3
subnets: { lan: { cidr: 10.0.0.0/24 } }
servers:
  a: { kind: foreign, role: dhcp, on: lan, address: 10.0.0.2, delay: 5ms, pool: 10.0.0.100-10.0.0.109, bootFile: a.0, files: { a.0: A } }
  b: { kind: foreign, role: dhcp, on: lan, address: 10.0.0.3, delay: 9ms, pool: 10.0.0.120-10.0.0.129, bootFile: b.0, files: { b.0: B } }
clients: { pc: { on: lan, firmware: acme } }
`

const scenarioWith = (known: FirmwareFamilies, text = TEXT) =>
  loadScenario(text, { file: 'acme.yaml', families: known })

const opened = () => {
  const loaded = scenarioWith(families)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return { scenario: loaded.scenario, surroundings: { ...surroundingsOf(loaded.scenario), families } }
}

const plain = (text: string): string => text
const colourless = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }

t.test('docs/extending.md shows this very file', async t => {
  const source = readFileSync('test/extending/acme.ts', 'utf8')
  t.ok(readFileSync('docs/extending.md', 'utf8').includes(source.trim()))
})

t.test('a scenario knows it only if it is told', async t => {
  const unknown = loadScenario(TEXT, { file: 'acme.yaml' })
  t.match(unknown.ok ? [] : unknown.errors, [{ message: /there is no firmware "acme"; there are edk2, .*/ }])
  t.ok(scenarioWith(families).ok)
  const alias = scenarioWith(families, TEXT.replace('acme', 'coyote'))
  t.match(alias.ok ? [] : alias.errors, [
    { message: /there is no firmware "coyote"; .*, acme$/, nearest: 'acme' },
  ])
  const profile = scenarioWith(families, TEXT.replace('acme', 'acme, profile: mk2'))
  t.match(profile.ok ? [] : profile.errors, [{ message: /no profile of acme "mk2"$/, nearest: 'mk1' }])
})

t.test('a run', async t => {
  const { scenario, surroundings } = opened()
  const { result } = runScenario(scenario, surroundings)
  t.match(result.clients, [
    {
      firmware: 'acme',
      profile: 'mk1',
      arch: 'x86-bios',
      outcome: 'booted',
      leaseFrom: 'a',
      pxeServer: 'a',
      file: 'a.0',
      screen: ['ACME boot ROM'],
    },
  ])
  const [finding] = result.findings.filter(({ rule }) => rule === 'multiple-dhcp-servers')
  t.match(finding?.message, /^1 Acme machine: .* An Acme ROM takes the first offer with a boot file\.$/i)
})

t.test('compared, and explained', async t => {
  const { scenario, surroundings } = opened()
  const comparison = compareFirmware(scenario, surroundings)!
  t.same(
    comparison.machines.map(({ label }) => label),
    ['edk2', 'ipxe', 'ipxe-efi', 'u-boot', 'bios-rom', 'apple', 'acme'],
  )
  t.match(verdictOf(comparison), /\bacme\b/)
  const run = runScenario(scenario, surroundings)
  const explanation = explainMachine(scenario, run, 'pc-1', surroundings)!
  t.match(explanation, {
    firmware: 'acme',
    decided: { rule: 'ACME-1', text: 'The first offer with a boot file is that of a.' },
    ended: null,
    races: [{ over: 'boot', winner: 'a', rival: 'b' }],
  })
  t.notOk(explanation.otherFirmware.some(({ label }) => label === 'acme'))
  const told = reportExplanation(explanation, colourless, families).join('\n')
  t.match(told, /Decided: The first offer .* \[ACME-1\]/)
  t.match(told, /Race: a's offer came 4\.\d ms before b's\./)
  t.match(told, /Flip point: if [ab]'s offer came 4\.\d ms (later|earlier), b would have won/)
})

t.test('in a capture, and in the place of a captured machine', async t => {
  const { scenario, surroundings } = opened()
  const run = runScenario(scenario, surroundings)
  const personas = parsePersonas('acme,edk2', families)
  if (typeof personas === 'string') throw new Error(personas)
  const predictor = new Predictor(personas)
  const analyzer = new Analyzer({
    clients: clientKindsOf(families),
    keepMessages: true,
    onBoot: boot => predictor.note(boot),
  })
  for (const event of run.trace) if (event.kind === 'frame') analyzer.add(event)
  t.match(analyzer.finish().conversations, [{ firmware: 'Acme' }])
  t.match(predictor.predictions(), [
    { firmware: 'acme', profile: 'mk1', outcome: 'booted', file: 'a.0', rule: 'ACME-1' },
    { firmware: 'edk2', outcome: 'booted', file: 'a.0' },
  ])
  t.match(parsePersonas('acme'), /there is no firmware "acme"/)
})

t.test('probed, and its screen read', async t => {
  const choice = {
    personas: 'acme',
    architectures: undefined,
    mac: toMac(0x020000000001),
    window: 4 * SECOND,
    address: parseIp4('10.0.0.9')!,
  }
  const machines = machinesOf(choice, families)
  if (typeof machines === 'string') throw new Error(machines)
  t.match(machines, [{ arch: 'x86-bios', firmware: { family: 'acme' } }])
  t.equal(machines[0]!.questions.length, 1)
  t.equal(ip4At(machines[0]!.questions[0]!.payload, 12), 0)
  t.same(readScreen(ACME.screen!, ['ACME boot ROM', 'ACME-1: no boot']), { kind: 'gaveUp', code: 'ACME-1' })
})
