/**
 * A subnet's switch: ports that forward late, answers that are not trusted, frames that are too large; each loss is in the
 * trace.
 */
import t from 'tap'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { type Run, runScenario } from '../../src/simulation/run.ts'

const text = (rules: string, more = ''): string => `title: A switch
subnets: { lan: { cidr: 10.0.0.0/24, link: { delay: 200us }, switch: ${rules} } }
notificationServers: { ns: { unknown: { boot: pxe, image: WinPE } } }
servers:
  dhcp: { kind: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.149 }
  nbs: { kind: nbs, on: lan, address: 10.0.0.5, notificationServer: ns, images: { BStrap/x64/BStrap.efi: 40000 } }
  rogue: { kind: dhcp, on: lan, address: 10.0.0.9, pool: 10.0.0.150-10.0.0.199 }
clients: { pc: { on: lan, firmware: edk2 } }
${more}`

const scenarioOf = (yaml: string): Scenario => {
  const loaded = loadScenario(yaml, { file: 'f' })
  if (!loaded.ok) throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
  return loaded.scenario
}

const ran = (yaml: string): Run => {
  const scenario = scenarioOf(yaml)
  return runScenario(scenario, surroundingsOf(scenario))
}

const drops = ({ trace }: Run) => trace.flatMap(event => (event.kind === 'drop' ? [event] : []))
const rulesOf = ({ result }: Run) => result.findings.map(({ rule }) => rule)

t.test('a port forwards late after power-on; what is lost is in the trace', async t => {
  const run = ran(text('{ forwardingDelay: 10s }'))
  const [machine] = run.result.clients
  t.match(machine, { outcome: 'booted' })
  const lost = drops(run)
  t.ok(lost.length >= 2)
  t.ok(
    lost.every(
      ({ at, cause, receiver }) => at < 10e6 && cause === 'port-not-forwarding' && receiver === 'lan',
    ),
  )
  const frames = run.trace.filter(({ kind }) => kind === 'frame')
  t.ok(
    frames.every(({ at }) => at >= 10e6),
    'a mirror port sees nothing before',
  )
  t.equal(ran(text('{ forwardingDelay: 60s }')).result.clients[0]!.outcome, 'failed')
})

t.test('a healed cable comes up as slowly', async t => {
  const faults = (heal: string) => `limit: 60s\nfaults: [{ at: 0s, cut: pc }, { at: ${heal}, heal: pc }]`
  t.equal(ran(text('{ forwardingDelay: 0s }', faults('10s'))).result.clients[0]!.outcome, 'booted')
  t.equal(ran(text('{ forwardingDelay: 20s }', faults('10s'))).result.clients[0]!.outcome, 'failed')
})

t.test('DHCP snooping drops the answers of whom nobody trusts', async t => {
  const open = ran(text('{}'))
  t.ok(rulesOf(open).includes('multiple-dhcp-servers'))
  const snooping = ran(text('{ trusted: [dhcp, nbs] }'))
  t.notOk(rulesOf(snooping).includes('multiple-dhcp-servers'))
  t.match(snooping.result.clients[0], { outcome: 'booted', leaseFrom: 'dhcp', pxeServer: 'nbs' })
  t.ok(drops(snooping).length > 0 && drops(snooping).every(({ cause }) => cause === 'dhcp-snooping'))
  const noProxy = ran(text('{ trusted: dhcp }'))
  t.ok(rulesOf(noProxy).includes('no-pxe-responder'), 'a proxy offer is an answer of a DHCP server too')
})

t.test('what is large is lost without a word, in both directions', async t => {
  const run = ran(text('{ dropAbove: 1450, trusted: [dhcp, nbs] }'))
  const [machine] = run.result.clients
  t.equal(machine!.outcome, 'failed')
  const large = drops(run).filter(({ cause }) => cause === 'too-large')
  t.ok(large.length > 0 && large.every(({ bytes }) => bytes.length > 1450 + 14))
  t.notOk(
    run.trace.some(event => event.kind === 'frame' && event.bytes.length > 1450 + 14),
    'none gets through',
  )
  t.equal(ran(text('{ dropAbove: 1500 }')).result.clients[0]!.outcome, 'booted')
})

t.test('without a switch nothing changes', async t => {
  const plain = text('{}').replace(', switch: {}', '')
  t.strictSame(ran(text('{}')).result, ran(plain).result)
})

t.test('what is refused', async t => {
  const said = (rules: string): string => {
    const loaded = loadScenario(text(rules), { file: 'f' })
    return loaded.ok ? '' : loaded.errors.map(formatScenarioError).join('\n')
  }
  t.match(
    said('{ trusted: [dhcp, nbz] }'),
    /f:2:\d+: subnets\.lan\.switch\.trusted\[1\]: there is no server or router "nbz".*did you mean nbs\?/,
  )
  t.match(said('{ forwardingDelay: 30 }'), /forwardingDelay: a duration needs a unit.*did you mean 30s\?/)
  t.match(said('{ dropAbove: 10 }'), /dropAbove: must be at least 68/)
  t.match(said('{ portfast: true }'), /switch\.portfast: unknown field/)
  const elsewhere = text('{ trusted: far }')
    .replace('subnets: {', 'subnets: { b: { cidr: 10.9.0.0/24 },')
    .replace('clients:', '  far: { kind: dhcp, on: b, address: 10.9.0.2, pool: 10.9.0.5-10.9.0.9 }\nclients:')
  const loaded = loadScenario(elsewhere, { file: 'f' })
  t.match(loaded.ok ? '' : loaded.errors[0].message, 'far is not on subnet lan')
})
