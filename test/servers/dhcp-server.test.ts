/** DHCP servers and a relay on virtual hosts: a lease over the wire, behind a relay, stop and start. */
import t from 'tap'
import { LIMITED_BROADCAST, formatIp4, parseCidr, parseIp4, toMac } from '../../src/core/address.ts'
import type { Ip4 } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { type TraceEvent, describeEvent, traceTo } from '../../src/core/trace.ts'
import { PLAIN } from '../../src/core/wording.ts'
import { SERVER_TRAITS } from '../../src/network/virtual/host-traits.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import { NpmDhcpServer } from '../../src/peers/npm-dhcp.ts'
import { type DhcpEngine, DhcpService, ownEngine } from '../../src/servers/dhcp/dhcp-service.ts'
import { RelayService } from '../../src/servers/relay.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage, DhcpOption, MessageType } from '../../src/wire/dhcp/message.ts'
import * as options from '../../src/wire/dhcp/options.ts'
import { OPTION } from '../../src/wire/dhcp/options.ts'

const ip = (text: string): Ip4 => parseIp4(text)!
const MAC = toMac(0x005056000001)
const SERVER = ip('10.20.9.2')

/** office - r1 - servers; the DHCP server is on `servers` and has a pool for both. */
const lab = (engine: DhcpEngine = ownEngine) => {
  const events: TraceEvent[] = []
  const trace = traceTo(events)
  const network = new VirtualNetwork(random(1), trace)
  const office = network.addSegment('office')
  const servers = network.addSegment('servers')
  const host = network.addHost('dhcp', [
    { segment: servers, address: { ip: SERVER, prefixLength: 24, router: ip('10.20.9.1') } },
  ])
  const router = network.addHost(
    'r1',
    [
      { segment: office, address: { ip: ip('10.20.1.1'), prefixLength: 24 } },
      { segment: servers, address: { ip: ip('10.20.9.1'), prefixLength: 24 } },
    ],
    { ...SERVER_TRAITS, forwards: true },
  )
  const subnets = ['10.20.9', '10.20.1'].map(prefix => ({
    cidr: parseCidr(`${prefix}.0/24`)!,
    pool: [{ first: ip(`${prefix}.100`), last: ip(`${prefix}.199`) }],
    router: ip(`${prefix}.1`),
  }))
  const service = new DhcpService(host, { subnets }, trace, engine)
  const relay = new RelayService(router, { servers: new Map([['eth0', [SERVER]]]) }, trace)
  const pc = (segment: typeof office) => {
    const received: DhcpMessage[] = []
    const client = network.addHost('pc', [{ segment, mac: MAC }])
    const socket = client.openUdp({
      port: 68,
      onDatagram: ({ payload }) => {
        const result = decodeDhcp(payload)
        if (result.ok) received.push(result.value)
      },
    })
    const send = (type: MessageType, ...extra: DhcpOption[]) => {
      const list = [options.messageTypeOption(type), ...extra]
      const message = options.bootRequest({ xid: 5, chaddr: options.chaddrOf(MAC), options: list })
      socket.send({ ip: LIMITED_BROADCAST, port: 67 }, encodeDhcp(message))
      network.run(network.clock.now() + SECOND)
      return received.splice(0).map(reply => `${options.messageType(reply)} ${formatIp4(reply.yiaddr)}`)
    }
    return { send }
  }
  const told = () =>
    events.flatMap(event =>
      event.kind === 'service' ? [`${event.host}.${event.service}: ${describeEvent(event, PLAIN)}`] : [],
    )
  return { office, servers, service, relay, pc, told }
}

const selects = (address: string) => [
  options.ip4Option(OPTION.serverIdentifier, SERVER),
  options.ip4Option(OPTION.requestedIpAddress, ip(address)),
]

for (const [name, engine] of [
  ['own', ownEngine],
  ['npm-dhcp', setup => new NpmDhcpServer(setup)],
] as const satisfies readonly (readonly [string, DhcpEngine])[])
  t.test(`a lease on the server's own subnet: ${name}`, async t => {
    const { service, servers, pc } = lab(engine)
    const { send } = pc(servers)
    t.strictSame(send('discover'), [], 'not started yet')
    await service.start()
    t.strictSame(send('discover'), ['offer 10.20.9.100'])
    t.strictSame(send('request', ...selects('10.20.9.100')), ['ack 10.20.9.100'])
    service.stop()
    t.equal(service.running, false)
    t.strictSame(send('discover'), [], 'stopped')
    await service.start()
    t.strictSame(send('discover'), ['offer 10.20.9.100'], 'the lease outlived the stop')
  })

t.test('a lease behind a relay, told step by step', async t => {
  const { service, relay, office, pc, told } = lab()
  await service.start()
  const { send } = pc(office)
  t.strictSame(send('discover'), [], 'no relay yet')
  await relay.start()
  t.strictSame(send('discover'), ['offer 10.20.1.100'])
  t.strictSame(send('request', ...selects('10.20.1.100')), ['ack 10.20.1.100'])
  t.strictSame(told(), [
    'r1.relay: relayed 00:50:56:00:00:01 to 10.20.9.2: from eth0',
    'dhcp.dhcp: offered 10.20.1.100 to 00:50:56:00:00:01: asked by DISCOVER',
    'r1.relay: delivered 00:50:56:00:00:01 to 10.20.1.100: on eth0',
    'r1.relay: relayed 00:50:56:00:00:01 to 10.20.9.2: from eth0',
    'dhcp.dhcp: acknowledged 10.20.1.100 to 00:50:56:00:00:01: selected this server',
    'r1.relay: delivered 00:50:56:00:00:01 to 10.20.1.100: on eth0',
  ])
  relay.stop()
  t.strictSame(send('discover'), [])
})

t.test('npm dhcp does not serve what a relay brings', async t => {
  const { service, relay, office, pc, told } = lab(setup => new NpmDhcpServer(setup))
  await Promise.all([service.start(), relay.start()])
  t.strictSame(pc(office).send('discover'), [])
  t.match(told().at(-1), /ignored from .*: relayed: not known to npm dhcp \(#6\)/)
})
