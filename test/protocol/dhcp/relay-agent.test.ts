/** The relay agent by direct calls, and the changes it makes to bytes. */
import t from 'tap'
import { LIMITED_BROADCAST, formatIp4, parseIp4, toMac } from '../../../src/core/address.ts'
import { fromHex, toHex } from '../../../src/core/bytes.ts'
import type { Datagram } from '../../../src/core/state-machine.ts'
import { random } from '../../../src/core/random.ts'
import { MAX_HOPS, RelayAgent } from '../../../src/protocol/dhcp/relay-agent.ts'
import { decodeDhcp, encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../../src/wire/dhcp/message.ts'
import { bootReply, bootRequest, chaddrOf, messageTypeOption } from '../../../src/wire/dhcp/options.ts'
import { hasOption, withOption, withoutOption } from '../../../src/wire/dhcp/patch.ts'

const ip = (text: string) => parseIp4(text)!
const MAC = toMac(0x005056000001)
const interfaces = [
  { name: 'eth0', address: ip('10.20.1.1'), servers: [ip('10.20.9.2'), ip('10.20.9.5')] },
  { name: 'eth1', address: ip('10.20.9.1'), servers: [] },
]
const marking = [{ ...interfaces[0]!, agentInformation: fromHex('0104 65746830') }, interfaces[1]!]

const discover = bootRequest({ xid: 7, chaddr: chaddrOf(MAC), options: [messageTypeOption('discover')] })
const offer = bootReply(
  { ...discover, giaddr: ip('10.20.1.1') },
  { yiaddr: ip('10.20.1.100'), options: [messageTypeOption('offer')] },
)

const datagram = (payload: Uint8Array, iface = 'eth0'): Datagram => ({
  iface,
  source: { ip: ip('0.0.0.0'), port: 68 },
  target: { ip: LIMITED_BROADCAST, port: 67 },
  payload,
})

const through = (agent: RelayAgent, payload: Uint8Array, iface?: string) => {
  const actions = agent.receive(0, 'relay', datagram(payload, iface))
  return {
    sends: actions.filter(action => action.type === 'send'),
    events: actions.filter(action => action.type === 'event').map(action => action.event),
  }
}

const value = (bytes: Uint8Array): DhcpMessage => {
  const result = decodeDhcp(bytes)
  if (!result.ok) throw new Error('undecodable')
  return result.value
}

t.test('a request goes to every server, with giaddr and one hop more', async t => {
  const agent = new RelayAgent(interfaces)
  t.strictSame(agent.start(), [{ type: 'open', socket: 'relay', options: { port: 67 } }])
  const { sends, events } = through(agent, encodeDhcp(discover))
  t.strictSame(
    sends.map(send => send.to),
    [
      { ip: ip('10.20.9.2'), port: 67 },
      { ip: ip('10.20.9.5'), port: 67 },
    ],
  )
  t.strictSame(value(sends[0]!.payload), { ...discover, hops: 1, giaddr: ip('10.20.1.1') })
  t.equal(sends[0]!.payload, sends[1]!.payload)
  t.strictSame(
    events.map(event => [event.kind, event.client, event.to, event.because]),
    [
      ['relayed', MAC, ip('10.20.9.2'), 'from eth0'],
      ['relayed', MAC, ip('10.20.9.5'), 'from eth0'],
    ],
  )
})

t.test('what is not relayed', async t => {
  const agent = new RelayAgent(interfaces)
  t.strictSame(through(agent, encodeDhcp(discover), 'eth1').events, [], 'no servers for that side')
  const far = through(agent, encodeDhcp({ ...discover, hops: MAX_HOPS }))
  t.strictSame([far.sends, far.events[0]?.because], [[], '16 hops'])
  const back = through(agent, encodeDhcp({ ...discover, giaddr: ip('10.20.9.1') }))
  t.strictSame([back.sends, back.events[0]?.because], [[], 'relayed by this agent already'])
  t.equal(through(agent, new Uint8Array(10)).events[0]?.kind, 'ignored')
  t.equal(through(agent, encodeDhcp({ ...discover, op: 5 })).events[0]?.because, 'op 5')
  t.strictSame(through(agent, encodeDhcp({ ...offer, giaddr: ip('1.2.3.4') })).sends, [])
})

t.test('a request that another agent relayed keeps its giaddr', async t => {
  const { sends } = through(
    new RelayAgent(marking),
    encodeDhcp({ ...discover, hops: 1, giaddr: ip('10.99.0.1') }),
  )
  t.match(value(sends[0]!.payload), { hops: 2, giaddr: ip('10.99.0.1') })
  t.equal(hasOption(sends[0]!.payload, 82), false)
})

t.test('a reply goes back by the interface of giaddr', async t => {
  const agent = new RelayAgent(interfaces)
  const to = (reply: DhcpMessage) => through(agent, encodeDhcp(reply), 'eth1').sends[0]?.to
  t.strictSame(to(offer), { ip: ip('10.20.1.100'), port: 68, mac: MAC, iface: 'eth0' })
  const all = { ip: LIMITED_BROADCAST, port: 68, iface: 'eth0' }
  t.strictSame(to({ ...offer, flags: 0x8000 }), all)
  t.strictSame(to({ ...offer, yiaddr: ip('0.0.0.0') }), all, 'a proxy offer or a NAK')
  t.strictSame(to({ ...offer, htype: 6 }), all)
  const bytes = encodeDhcp(offer)
  t.equal(through(agent, bytes).sends[0]!.payload, bytes, 'untouched')
  t.equal(formatIp4(through(agent, bytes).events[0]!.to!), '10.20.1.100')
})

t.test('option 82 is added last and taken off again', async t => {
  const agent = new RelayAgent(marking)
  const request = through(agent, encodeDhcp(discover)).sends[0]!.payload
  t.equal(toHex(request.subarray(240, 252)), '350101' + '5206010465746830' + 'ff')
  t.equal(request.length, 300)
  const spoofed = through(agent, withOption(encodeDhcp(discover), 82, fromHex('0101ff'))!)
  t.strictSame([spoofed.sends, spoofed.events[0]?.because], [[], 'option 82 without giaddr'])
  const unended = through(agent, encodeDhcp({ ...discover, ended: false }))
  t.equal(hasOption(unended.sends[0]!.payload, 82), false, 'there is no END to put it before')

  const reply = withOption(encodeDhcp(offer), 82, fromHex('010465746830'))!
  t.equal(hasOption(reply, 82), true)
  t.strictSame(value(through(agent, reply).sends[0]!.payload), offer)
  t.equal(through(new RelayAgent(interfaces), reply).sends[0]!.payload, reply)
})

t.test('patching bytes', async t => {
  const tight = encodeDhcp(discover, { padTo: 0 })
  const grown = withOption(tight, 82, fromHex('0102'))!
  t.equal(toHex(grown.subarray(240)), '350101' + '52020102' + 'ff')
  t.equal(withOption(tight, 82, new Uint8Array(256)), undefined)
  const three = encodeDhcp(discover, {
    padTo: 0,
    rawOptions: fromHex('5201aa 350101 00 5200 0c0178 5202bbcc ff'),
  })
  t.equal(toHex(withoutOption(three, 82).subarray(240)), '350101000c0178ff' + '00'.repeat(9))
  t.equal(toHex(withoutOption(three.subarray(0, 100), 82)), toHex(three.subarray(0, 100)))
  const hostile = encodeDhcp(discover, { rawOptions: new Uint8Array(60000).map((_, i) => (i % 2 ? 0 : 82)) })
  t.equal(hasOption(withoutOption(hostile, 82), 82), false, '30,000 instances, in one pass')
})

t.test('no bytes make the agent throw', async t => {
  const agent = new RelayAgent(marking)
  const draws = random('relay')
  let sent = 0
  for (let i = 0; i < 5000; i++) {
    const seed = i % 2 ? encodeDhcp(offer) : encodeDhcp(discover)
    const payload = Uint8Array.from(seed.subarray(0, draws.between(0, seed.length)))
    for (let k = draws.below(4); k > 0; k--) payload[draws.below(payload.length + 1)] = draws.below(256)
    sent += through(agent, payload).sends.length
  }
  t.ok(sent > 3000)
})
