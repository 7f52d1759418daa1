/**
 * `slow-transfer`: who was slow, on runs whose network was made slow in one place.
 */
import t from 'tap'
import { Analyzer, type Finding } from '../../src/analysis/analyzer.ts'
import { Spread } from '../../src/analysis/conversations/server-activity.ts'
import { loadScenario } from '../../src/scenario/load.ts'
import { runScenario } from '../../src/simulation/run.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { framesOf } from '../cli/captures.ts'

interface Slowness {
  readonly link?: string
  readonly server?: string
  readonly client?: string
  readonly size?: number
  readonly firmware?: string
}

const slow = ({
  link = '',
  server = '',
  client = '',
  size = 400_000,
  firmware = 'ipxe',
}: Slowness): Finding[] => {
  const text = `
title: Slow
limit: 600s
subnets: { office: { cidr: 10.20.1.0/24, link: { delay: 100us${link} } } }
notificationServers: { ns: { computers: [{ mac: '*', boot: automation, image: WinPE }] } }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199 }
  nbs: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns, images: { 'BStrap/x64/BStrap.efi': ${size} }${server} }
clients: { pc: { on: office, firmware: ${firmware}, arch: x64-uefi${client} } }`
  const loaded = loadScenario(text, { file: 'slow.yaml' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const run = runScenario(loaded.scenario, surroundingsOf(loaded.scenario))
  const analyzer = new Analyzer()
  for (const frame of framesOf(run.trace)) analyzer.add(frame)
  return analyzer.finish().findings.filter(({ rule }) => rule === 'slow-transfer')
}

t.test('a fast network', async t => {
  t.strictSame(slow({}), [])
  t.strictSame(slow({ size: 4_000_000 }), [], 'a large file')
})

t.test('loss', async t => {
  const [finding, ...others] = slow({ link: ', loss: 0.03', size: 1_000_000 })
  t.strictSame(others, [])
  t.match(finding, { severity: 'warning', confidence: 'inferred', servers: [0x0a140105] })
  t.match(finding!.message, /was loaded slowly from 10\.20\.1\.5: \d+ packets had to be retransmitted\./)
  t.match(finding!.remedy, /spanning tree/)
  t.match(finding!.evidence[0]!.text, /1000000 bytes in .* s, \d+ kB\/s, blocks of \d+/)
})

t.test('the server, or the way to it', async t => {
  const [finding] = slow({ server: ', link: { delay: 20ms }' })
  t.match(finding?.message, /\d+ % of the time the machine waited for the server or the path to it/)
})

t.test('the machine, or the way to it', async t => {
  const [finding] = slow({ client: ', link: { delay: 20ms }' })
  t.match(finding?.message, /\d+ % of the time the server waited for the machine or the path to it/)
})

t.test('the median of very many times needs few of them', async t => {
  const spread = new Spread()
  for (let i = 0; i < 100_000; i++) spread.add((i * 7919) % 100_000)
  const { min, median, max } = spread.summary()!
  t.equal(min, 0)
  t.equal(max, 99_999)
  t.ok(Math.abs(median - 50_000) < 2_000, `median ${median}`)
  t.equal(new Spread().summary(), undefined)
})
