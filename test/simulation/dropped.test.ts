/**
 * Packets that devices of the virtual network drop: told in the story, in the log, as a finding, in the trace and in the
 * ladder; and routers that know their neighbours drop none.
 */
import { PassThrough } from 'node:stream'
import t from 'tap'
import { storyLines } from '../../src/report/explain.ts'
import { logTrace } from '../../src/report/log.ts'
import { run, textScenario } from './running.ts'
import { parseIp4 } from '../../src/core/address.ts'
import { random } from '../../src/core/random.ts'
import { type TraceEvent, traceTo } from '../../src/core/trace.ts'
import { SERVER_TRAITS } from '../../src/network/virtual/host-traits.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'

/** Twelve machines at once behind a relay; a router keeps eight packets for each address that it asks for. */
const relayed = (arp: string, machines = 12): string => `
title: Twelve machines behind a router
${arp}
subnets: { floor: { cidr: 10.1.0.0/24 }, servers: { cidr: 10.2.0.0/24 } }
routers: { r1: { joins: [floor, servers], relay: { floor: [dhcp] } } }
servers:
  dhcp: { kind: dhcp, on: servers, address: 10.2.0.2, pool: 10.1.0.100-10.1.0.199 }
clients:
  pc: { count: ${machines}, on: floor, firmware: edk2, mac: '00:50:56:00:00:01' }
`

t.test('a cold router drops what it has no room for, and everything tells it', async t => {
  const scenario = textScenario(relayed('arp: cold'))
  const ran = run(scenario)
  const dropped = ran.result.findings.filter(({ rule }) => rule === 'packet-dropped')
  t.match(dropped, [
    {
      severity: 'warning',
      subnet: 'servers',
      clients: ['pc-1', 'pc-2', 'pc-3', 'pc-4'],
      details: { device: 'r1', cause: 'arp-queue', packets: 4, affected: 4 },
      message: /^r1 dropped 4 packets of 4 machines without a word .* DISCOVER/,
    },
  ])
  t.equal(dropped.length, 1)
  t.match(
    storyLines(scenario, ran, 'pc-1').join('\n'),
    /x r1 drops a packet from r1 to dhcp \(DHCP DISCOVER .*\): eight packets already wait for the answer to its ARP request/,
  )
  t.notMatch(storyLines(scenario, ran, 'pc-12').join('\n'), /r1 drops/)
  const drops = ran.trace.filter(event => event.kind === 'drop')
  t.match(
    drops,
    [{}, {}, {}, {}].map(() => ({ cause: 'arp-queue', receiver: 'r1/eth1', segment: 'servers' })),
  )

  const lines = new PassThrough()
  logTrace(ran.trace, lines)
  t.match(
    lines.read()?.toString(),
    /"level":40,.*"host":"r1".*"msg":"packet dropped: eight packets already wait/,
  )
})

t.test('a router knows its neighbours unless the scenario says otherwise', async t => {
  for (const [arp, drops] of [
    ['', 0],
    ['arp: warm', 0],
    ['arp: cold', 4],
  ] as const) {
    const { trace } = run(textScenario(relayed(arp)))
    t.equal(trace.filter(({ kind }) => kind === 'drop').length, drops, arp)
  }
  const own = relayed('').replace('joins:', 'arp: cold, joins:')
  t.equal(run(textScenario(own)).trace.filter(({ kind }) => kind === 'drop').length, 4, 'one router alone')
  const other = relayed('arp: cold').replace('joins:', 'arp: warm, joins:')
  t.equal(run(textScenario(other)).trace.filter(({ kind }) => kind === 'drop').length, 0)
})

t.test('neighbours that are known do not grow old', async t => {
  const late = relayed('').replace("mac: '", "powerOn: 100s, mac: '")
  t.equal(run(textScenario(late)).trace.filter(({ kind }) => kind === 'drop').length, 0)
})

t.test('weather and cuts are in the trace and no findings', async t => {
  const cut = relayed('', 1).replace(
    'clients:',
    'faults: [{ at: 0s, cut: servers }, { at: 6s, heal: servers }]\nclients:',
  )
  const scenario = textScenario(cut)
  const ran = run(scenario)
  t.match(
    ran.trace.find(({ kind }) => kind === 'drop'),
    { cause: 'cut', segment: 'servers', receiver: 'servers' },
  )
  t.notOk(ran.result.findings.some(({ rule }) => rule === 'packet-dropped'))
})

t.test('what a switch does not let through is told, and what follows from it', async t => {
  const text = (rules: string) => `
title: A switch
subnets: { lan: { cidr: 10.0.0.0/24, switch: ${rules} } }
servers:
  d: { kind: foreign, role: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.110, bootFile: boot, files: { boot: 9000 } }
clients: { pc: { on: lan, firmware: edk2 } }
`
  const hole = run(textScenario(text('{ dropAbove: 1000 }'))).result.findings
  t.match(
    hole.find(({ rule }) => rule === 'packet-dropped'),
    {
      message: /^the switch of lan dropped \d+ packets of one machine/,
      details: { device: 'the switch of lan', cause: 'too-large' },
      causes: [{ rule: 'mtu-hole' }],
    },
  )
  const snooping = run(textScenario(text('{ trusted: [] }'))).result.findings
  t.match(
    snooping.find(({ rule }) => rule === 'packet-dropped'),
    { details: { cause: 'dhcp-snooping' }, clients: ['pc'] },
  )
})

t.test('a host tells what its buffers do not hold, and a router what has gone through too many', async t => {
  const events: TraceEvent[] = []
  const network = new VirtualNetwork(random(1), traceTo(events))
  const [a, b] = [network.addSegment('a'), network.addSegment('b')]
  const at = (ip: string, router?: string) => ({
    ip: parseIp4(ip)!,
    prefixLength: 24,
    ...(router !== undefined && { router: parseIp4(router)! }),
  })
  const host = network.addHost('pc', [{ segment: a, address: at('10.0.0.2', '10.0.0.1') }], {
    ...SERVER_TRAITS,
    ttl: 1,
  })
  network.addHost(
    'r1',
    [
      { segment: a, address: at('10.0.0.1') },
      { segment: b, address: at('10.0.1.1') },
    ],
    { ...SERVER_TRAITS, forwards: true },
  )
  const [source, target] = [parseIp4('10.0.0.2')!, parseIp4('10.0.1.9')!]
  host.openUdp({ port: 5000, onDatagram: () => {} }).send({ ip: target, port: 69 }, Uint8Array.of(1))
  network.run(10_000_000)
  host.overflow({
    iface: 'eth0',
    source: { ip: target, port: 69 },
    target: { ip: source, port: 5000 },
    payload: Uint8Array.of(2),
  })
  const drops = events.filter(event => event.kind === 'drop')
  t.match(drops, [
    { cause: 'ttl', receiver: 'r1/eth0', segment: 'a' },
    { cause: 'receive-buffer', receiver: 'pc/eth0', segment: 'a' },
  ])
  t.equal(drops.length, 2)
})
