import t from 'tap'
import { compliance } from './compliance.ts'
import { type Ip4, LIMITED_BROADCAST, formatIp4, parseIp4, parseMac } from '../../src/core/address.ts'
import type { Datagram, Unreachable } from '../../src/core/state-machine.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { type TraceEvent, traceTo } from '../../src/core/trace.ts'
import type { Frame } from '../../src/wire/frame.ts'
import { decodeFrame } from '../../src/wire/frames.ts'
import { IDEAL_LINK, type LinkRules } from '../../src/network/virtual/link.ts'
import { SERVER_TRAITS } from '../../src/network/virtual/host-traits.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import { Scheduler } from '../../src/network/virtual/scheduler.ts'

const ip = (text: string): Ip4 => parseIp4(text)!

const lan = (rules: Partial<LinkRules> = {}, seed = 1) => {
  const events: TraceEvent[] = []
  const network = new VirtualNetwork(random(seed), traceTo(events))
  const segment = network.addSegment('lan', { ...IDEAL_LINK, ...rules })
  const host = (name: string, address: string, router?: string) =>
    network.addHost(name, [
      {
        segment,
        address: {
          ip: ip(address),
          prefixLength: 24,
          ...(router === undefined ? {} : { router: ip(router) }),
        },
      },
    ])
  const frames = () => events.flatMap(event => (event.kind === 'frame' ? [event.bytes] : []))
  return { network, segment, host, events, frames }
}

const kinds = (frames: Uint8Array[]): string[] =>
  frames.map(bytes => {
    const frame = decodeFrame(bytes)
    if (!frame.ok) return 'undecodable'
    const { packet } = frame.value
    if (packet.kind === 'arp') return `arp ${packet.operation}`
    if (packet.kind === 'ip4')
      return packet.body.kind === 'icmp' ? `icmp ${packet.body.type}/${packet.body.code}` : packet.body.kind
    return packet.kind
  })

t.test('the scheduler keeps (time, order) and forgets what was cancelled', async t => {
  const scheduler = new Scheduler()
  const seen: string[] = []
  const note = (name: string) => () => void seen.push(`${name}@${scheduler.now()}`)
  scheduler.setTimer(20, note('b'))
  scheduler.setTimer(10, note('a'))
  scheduler.setTimer(20, note('c'))
  const cancelled = scheduler.setTimer(15, note('never'))
  cancelled.cancel()
  cancelled.cancel()
  scheduler.setTimer(10, () => scheduler.setTimer(5, note('late is now')))
  t.equal(scheduler.run(15), 'reached')
  t.equal(scheduler.now(), 15)
  t.equal(scheduler.run(100), 'drained')
  t.same(seen, ['a@10', 'late is now@10', 'b@20', 'c@20'])
  for (let i = 0; i < 20_000; i++) scheduler.setTimer(1000 + i, note('x')).cancel()
  t.equal(scheduler.pending, 0)
})

t.test('unicast: ARP first, then the datagram, then straight on', async t => {
  const { network, host, frames } = lan()
  const [a, b] = [host('a', '10.0.0.1'), host('b', '10.0.0.2')]
  const got: Datagram[] = []
  b.openUdp({ port: 69, onDatagram: datagram => void got.push(datagram) })
  const socket = a.openUdp({ port: 0, onDatagram: () => {} })
  t.equal(socket.send({ ip: ip('10.0.0.2'), port: 69 }, Uint8Array.of(1)), 'sent')
  t.equal(socket.send({ ip: ip('10.0.0.2'), port: 69 }, Uint8Array.of(2)), 'sent')
  network.run(SECOND)
  t.same(
    got.map(datagram => datagram.payload[0]),
    [1, 2],
  )
  t.same(got[0]?.source, { ip: ip('10.0.0.1'), port: 49152 })
  t.same(got[0]?.target, { ip: ip('10.0.0.2'), port: 69 })
  t.same(kinds(frames()), ['arp request', 'arp reply', 'udp', 'udp'])
  t.equal(socket.send({ ip: ip('192.0.2.1'), port: 69 }, Uint8Array.of(3)), 'noRoute')
})

t.test('a closed port is answered by ICMP, a silent host by nothing', async t => {
  const { network, host, frames } = lan()
  const [a] = [host('a', '10.0.0.1'), host('b', '10.0.0.2')]
  const lost: Unreachable[] = []
  const socket = a.openUdp({ port: 0, onDatagram: () => {}, onUnreachable: what => void lost.push(what) })
  socket.send({ ip: ip('10.0.0.2'), port: 69 }, Uint8Array.of(1))
  network.run(SECOND)
  t.same(lost, [{ cause: 'port', target: { ip: ip('10.0.0.2'), port: 69 } }])
  socket.send({ ip: ip('10.0.0.77'), port: 69 }, Uint8Array.of(1))
  network.run(10 * SECOND)
  t.same(lost[1], { cause: 'arp', target: { ip: ip('10.0.0.77'), port: 69 } })
  t.same(kinds(frames()).slice(2), ['udp', 'icmp 3/3', 'arp request', 'arp request', 'arp request'])
})

t.test('broadcasts reach the listeners of that port, and only those whose match fits', async t => {
  const { network, segment, host } = lan()
  const server = host('server', '10.0.0.1')
  const got: string[] = []
  for (const [name, key] of [
    ['x', 1],
    ['y', 2],
    ['z', 2],
  ] as const) {
    const client = network.addHost(name, [{ segment }])
    client.openUdp({
      port: 68,
      match: { offset: 1, bytes: Uint8Array.of(key) },
      onDatagram: () => void got.push(name),
    })
  }
  const closed = network
    .addHost('w', [{ segment }])
    .openUdp({ port: 68, onDatagram: () => void got.push('w') })
  closed.close()
  const socket = server.openUdp({ port: 67, onDatagram: () => void got.push('own') })
  socket.send({ ip: LIMITED_BROADCAST, port: 68 }, Uint8Array.of(0, 2))
  socket.send({ ip: ip('10.0.0.255'), port: 68 }, Uint8Array.of(0, 1))
  network.run(SECOND)
  t.same(got, ['y', 'z', 'x'])
})

t.test(
  'an interface with two addresses is on both links, answers ARP for both, and sends by the first',
  async t => {
    const network = new VirtualNetwork(random(1))
    const segment = network.addSegment('lan')
    const both = network.addHost('both', [{ segment }])
    const near = network.addHost('near', [{ segment, address: { ip: ip('10.0.1.5'), prefixLength: 24 } }])
    const far = network.addHost('far', [{ segment, address: { ip: ip('10.0.2.5'), prefixLength: 24 } }])
    both.configure('eth0', [
      { ip: ip('10.0.1.1'), prefixLength: 24 },
      { ip: ip('10.0.2.1'), prefixLength: 24 },
    ])
    const got: string[] = []
    const heard = (name: string) => (datagram: Datagram) =>
      void got.push(`${name} < ${formatIp4(datagram.source.ip)} > ${formatIp4(datagram.target.ip)}`)
    both.openUdp({ port: 7, onDatagram: heard('both') })
    for (const host of [near, far]) host.openUdp({ port: 7, onDatagram: heard(host.name) })
    const [a, b, c] = [near, far, both].map(host => host.openUdp({ port: 0, onDatagram: () => {} }))
    a!.send({ ip: ip('10.0.1.1'), port: 7 }, Uint8Array.of(1))
    b!.send({ ip: ip('10.0.2.1'), port: 7 }, Uint8Array.of(2))
    network.run(SECOND)
    b!.send({ ip: ip('10.0.2.255'), port: 7 }, Uint8Array.of(3))
    c!.send({ ip: ip('10.0.2.5'), port: 7 }, Uint8Array.of(4))
    network.run(2 * SECOND)
    t.same(got, [
      'both < 10.0.1.5 > 10.0.1.1',
      'both < 10.0.2.5 > 10.0.2.1',
      'both < 10.0.2.5 > 10.0.2.255',
      'far < 10.0.1.1 > 10.0.2.5',
    ])
    both.configure('eth0', [])
    t.equal(c!.send({ ip: ip('10.0.2.5'), port: 7 }, Uint8Array.of(5)), 'noRoute')
  },
)

t.test('a router forwards, counts down, and says when there is no way', async t => {
  const network = new VirtualNetwork(random(1))
  const [left, right] = [network.addSegment('left'), network.addSegment('right')]
  network.addHost(
    'r1',
    [
      { segment: left, address: { ip: ip('10.0.1.1'), prefixLength: 24 } },
      { segment: right, address: { ip: ip('10.0.2.1'), prefixLength: 24 } },
    ],
    { ...SERVER_TRAITS, forwards: true },
  )
  const a = network.addHost('a', [
    { segment: left, address: { ip: ip('10.0.1.5'), prefixLength: 24, router: ip('10.0.1.1') } },
  ])
  const b = network.addHost('b', [
    { segment: right, address: { ip: ip('10.0.2.5'), prefixLength: 24, router: ip('10.0.2.1') } },
  ])
  const seen: Frame[] = []
  right.tap((_at, frame) => void seen.push(frame))
  const answers: number[] = []
  const echo = b.openUdp({
    port: 7,
    onDatagram: datagram => void echo.send(datagram.source, datagram.payload),
  })
  const lost: string[] = []
  const socket = a.openUdp({
    port: 0,
    onDatagram: datagram => void answers.push(datagram.payload.length),
    onUnreachable: what => void lost.push(what.cause),
  })
  socket.send({ ip: ip('10.0.2.5'), port: 7 }, new Uint8Array(3000))
  socket.send({ ip: ip('10.9.9.9'), port: 7 }, new Uint8Array(1))
  socket.send({ ip: ip('10.0.2.77'), port: 7 }, new Uint8Array(1))
  network.run(20 * SECOND)
  t.same(answers, [3000], 'three fragments there, three back, one datagram each')
  t.same(lost, ['net', 'host'])
  const ttls = seen.flatMap(frame =>
    frame.packet.kind === 'ip4' && frame.packet.source === ip('10.0.1.5') ? [frame.packet.ttl] : [],
  )
  t.same(ttls.slice(0, 3), [63, 63, 63])
})

t.test('link rules do what they say', async t => {
  const payloadOf = (i: number) => Uint8Array.from({ length: 400 }, (_, at) => (at === 0 ? i >> 8 : i & 255))
  const count = (rules: Partial<LinkRules>, frames: number): { arrived: number[]; at: number[] } => {
    const { network, host } = lan({ delay: 100, ...rules })
    const [a, b] = [host('a', '10.0.0.1'), host('b', '10.0.0.2')]
    const arrived: number[] = []
    const at: number[] = []
    b.openUdp({
      port: 9,
      onDatagram: datagram => (
        arrived.push((datagram.payload[0]! << 8) | datagram.payload[1]!),
        at.push(network.clock.now())
      ),
    })
    const socket = a.openUdp({ port: 0, onDatagram: () => {} })
    for (let i = 0; i < frames; i++)
      network.clock.setTimer(i * 10, () => void socket.send({ ip: LIMITED_BROADCAST, port: 9 }, payloadOf(i)))
    network.run(60 * SECOND)
    return { arrived, at }
  }
  const inOrder = (numbers: number[]) => numbers.every((number, i) => i === 0 || number >= numbers[i - 1]!)
  const lossy = count({ loss: 0.2 }, 2000)
  t.ok(
    lossy.arrived.length > 1500 && lossy.arrived.length < 1700,
    `20 % loss leaves ${lossy.arrived.length} of 2000`,
  )
  const doubled = count({ duplicate: 0.1 }, 2000)
  t.ok(
    doubled.arrived.length > 2130 && doubled.arrived.length < 2270,
    `10 % duplication makes ${doubled.arrived.length} of 2000`,
  )
  const jittery = count({ jitter: 500 }, 500)
  t.ok(inOrder(jittery.arrived), 'jitter keeps the order of one sender')
  t.ok(new Set(jittery.at.map((at, i) => at - i * 10)).size > 50, 'and varies the delay')
  const shuffled = count({ reorder: 0.1 }, 500)
  t.notOk(inOrder(shuffled.arrived), 'reordering does not')
  t.equal(shuffled.arrived.length, 500)
  const corrupt = count({ corrupt: 0.5 }, 1000)
  t.ok(
    corrupt.arrived.length > 470 && corrupt.arrived.length < 550,
    `checksums catch flipped bits: ${corrupt.arrived.length} of 1000 arrive`,
  )
})

t.test("a station's own cable has its weather in both directions", async t => {
  /** What of 1,000 broadcasts each way comes through, if only b's cable is bad. */
  const through = (rules: Partial<LinkRules>) => {
    const { network, segment, host, events } = lan({ delay: 100 })
    const [a, b] = [host('a', '10.0.0.1'), host('b', '10.0.0.2')]
    b.interfaces[0]!.port.rules = { ...IDEAL_LINK, delay: 0, mtu: Infinity, ...rules }
    const got = { up: [] as number[], down: [] as number[] }
    const number = (payload: Uint8Array) => (payload[0]! << 8) | payload[1]!
    const up = a.openUdp({ port: 9, onDatagram: ({ payload }) => void got.up.push(number(payload)) })
    const down = b.openUdp({ port: 9, onDatagram: ({ payload }) => void got.down.push(number(payload)) })
    for (let i = 0; i < 1000; i++)
      network.clock.setTimer(i * 20, () => {
        const payload = Uint8Array.from({ length: 400 }, (_, at) => (at === 0 ? i >> 8 : i & 255))
        for (const socket of [up, down]) socket.send({ ip: LIMITED_BROADCAST, port: 9 }, payload)
      })
    network.run(60 * SECOND)
    const drops = events.flatMap(event => (event.kind === 'drop' ? [`${event.receiver} ${event.cause}`] : []))
    return { ...got, drops, frames: segment.frames }
  }
  const inOrder = (numbers: number[]) => numbers.every((number, i) => i === 0 || number >= numbers[i - 1]!)
  const calm = through({})
  t.strictSame([calm.up.length, calm.down.length, calm.frames, calm.drops.length], [1000, 1000, 2000, 0])
  const dead = through({ loss: 1 })
  t.strictSame([dead.up.length, dead.down.length, dead.frames], [0, 0, 1000], 'the segment sees one side')
  t.strictSame(new Set(dead.drops), new Set(['lan loss', 'b/eth0 loss']), 'lost on the way up, and down')
  const lossy = through({ loss: 0.2 })
  for (const side of [lossy.up, lossy.down])
    t.ok(side.length > 740 && side.length < 860, `20 % loss leaves ${side.length} of 1000`)
  const doubled = through({ duplicate: 0.1 })
  for (const side of [doubled.up, doubled.down])
    t.ok(side.length > 1050 && side.length < 1150, `10 % duplication makes ${side.length} of 1000`)
  const corrupt = through({ corrupt: 0.5 })
  for (const side of [corrupt.up, corrupt.down])
    t.ok(side.length > 450 && side.length < 570, `checksums catch flipped bits: ${side.length} of 1000`)
  const shuffled = through({ reorder: 0.1 })
  t.strictSame([shuffled.up.length, shuffled.down.length], [1000, 1000])
  t.notOk(inOrder(shuffled.up) || inOrder(shuffled.down), 'both sides overtake')
  const jittery = through({ jitter: 500 })
  t.ok(inOrder(jittery.up) && inOrder(jittery.down), 'jitter keeps the order')
  const narrow = through({ mtu: 128 })
  t.strictSame([narrow.up.length, narrow.down.length], [1000, 1000])
  t.ok(narrow.frames >= 5000, 'what goes up is in fragments')
})

t.test('a segment or a cable can be cut and healed', async t => {
  const { network, segment, host } = lan()
  const [a, b] = [host('a', '10.0.0.1'), host('b', '10.0.0.2')]
  let got = 0
  b.openUdp({ port: 9, onDatagram: () => void got++ })
  const socket = a.openUdp({ port: 0, onDatagram: () => {} })
  const shout = () => {
    socket.send({ ip: LIMITED_BROADCAST, port: 9 }, new Uint8Array(1))
    network.run(network.clock.now() + SECOND)
    return got
  }
  t.equal(shout(), 1)
  segment.up = false
  t.equal(shout(), 1)
  segment.up = true
  b.interfaces[0]!.port.up = false
  t.equal(shout(), 1)
  b.interfaces[0]!.port.up = true
  t.equal(shout(), 2)
  b.powerOff()
  t.equal(shout(), 2)
})

t.test('traits of a client stack: what an unconfigured interface takes', async t => {
  const { network, segment, host } = lan()
  const server = host('server', '10.0.0.1').openUdp({ port: 67, onDatagram: () => {} })
  const got: string[] = []
  const mac = parseMac('00:50:56:00:00:01')!
  for (const [name, accepts, own] of [
    ['strict', false, parseMac('00:50:56:00:00:02')!],
    ['lenient', true, mac],
  ] as const) {
    const client = network.addHost(name, [{ segment, mac: own }], {
      ...SERVER_TRAITS,
      acceptsUnicastUnconfigured: accepts,
    })
    client.openUdp({ port: 68, onDatagram: () => void got.push(name) })
    server.send({ ip: ip('10.0.0.100'), port: 68, mac: own }, new Uint8Array(1))
  }
  network.run(SECOND)
  t.same(got, ['lenient'], 'E-13: EDK2 drops what is addressed to yiaddr')
})

t.test('the same seed is the same frames; another seed is not', async t => {
  const story = (seed: number) => {
    const { network, host, events } = lan({ jitter: 1000, loss: 0.1, duplicate: 0.1, reorder: 0.1 }, seed)
    const [a, b] = [host('a', '10.0.0.1'), host('b', '10.0.0.2')]
    const echo = b.openUdp({
      port: 7,
      onDatagram: datagram => void echo.send(datagram.source, datagram.payload),
    })
    const socket = a.openUdp({ port: 0, onDatagram: () => {} })
    for (let i = 0; i < 100; i++) socket.send({ ip: ip('10.0.0.2'), port: 7 }, Uint8Array.of(i))
    network.run(10 * SECOND)
    return JSON.stringify(events, (_key, value: unknown) =>
      value instanceof Uint8Array ? [...value].join() : value,
    )
  }
  t.equal(story(1), story(1))
  t.not(story(1), story(2))
})

compliance(t, {
  setup: async () => {
    const { network, host } = lan()
    const step = 10 * SECOND
    return {
      hosts: [host('a', '10.0.0.1'), host('b', '10.0.0.2'), host('c', '10.0.0.3')],
      run: async until => void (until() || network.run(network.clock.now() + step, until)),
      close: async () => {},
    }
  },
})
