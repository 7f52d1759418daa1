import fc from 'fast-check'
import t from 'tap'
import { parseMac, toIp4, toMac } from '../../src/core/address.ts'
import { fromHex, latin1Bytes } from '../../src/core/bytes.ts'
import { formatIp } from '../../src/core/ip.ts'
import {
  FrameView,
  MAX_IP6_EXTENSIONS,
  MAX_VLAN_TAGS,
  ip4BodyStart,
  packetStart,
} from '../../src/wire/frame-view.ts'
import type { Frame, Ip4Packet } from '../../src/wire/frame.ts'
import { decodeFrame, encodeFrame, fragment } from '../../src/wire/frames.ts'
import { ARP, DHCP, ETHERNET, ETHER_TYPE, ICMP, IP4, IP6, IP_PROTOCOL, UDP } from '../../src/wire/layout.ts'
import { type UdpPayload, udpPayload } from '../../src/wire/udp-payload.ts'

const FUZZ = Number(process.env['NBS_FUZZ'] ?? 20000)

const viewOf = (bytes: Uint8Array): FrameView => {
  const view = new FrameView()
  view.read(bytes)
  return view
}

const mac = fc.nat({ max: 0xffffffffffff }).map(toMac)
const ip = fc.nat({ max: 0xffffffff }).map(toIp4)
const port = fc.nat({ max: 0xffff })
const payload = fc.uint8Array({ maxLength: 80 })
const body: fc.Arbitrary<Ip4Packet['body']> = fc.oneof(
  fc.record({ kind: fc.constant('udp' as const), sourcePort: port, targetPort: port, payload }),
  fc.record({
    kind: fc.constant('icmp' as const),
    type: fc.nat({ max: 255 }),
    code: fc.nat({ max: 255 }),
    rest: fc.nat({ max: 0xffffffff }),
    payload,
  }),
  fc.record({ kind: fc.constant('raw' as const), protocol: fc.constantFrom(6, 47, 132), bytes: payload }),
)
const packet: fc.Arbitrary<Frame['packet']> = fc.oneof(
  fc.record({
    kind: fc.constant('ip4' as const),
    source: ip,
    target: ip,
    ttl: fc.nat({ max: 255 }),
    identification: port,
    dontFragment: fc.boolean(),
    moreFragments: fc.constant(false),
    fragmentOffset: fc.constant(0),
    body,
  }),
  fc.record({
    kind: fc.constant('arp' as const),
    operation: fc.constantFrom('request' as const, 'reply' as const),
    senderMac: mac,
    senderIp: ip,
    targetMac: mac,
    targetIp: ip,
  }),
  fc.record({
    kind: fc.constant('other' as const),
    etherType: fc.constantFrom(0x88cc, 0x0600),
    bytes: payload,
  }),
)
const frame: fc.Arbitrary<Frame> = fc.record({ target: mac, source: mac, packet })
const tag = fc.tuple(fc.constantFrom(0x8100, 0x88a8, 0x9100, 0x9200), port)

/** The frame with tags before its type, the outermost first. */
const tagged = (bytes: Uint8Array, tags: readonly (readonly [type: number, control: number])[]): Uint8Array =>
  Uint8Array.from([
    ...bytes.subarray(0, 12),
    ...tags.flatMap(([type, control]) => [type >> 8, type & 255, control >> 8, control & 255]),
    ...bytes.subarray(12),
  ])

const etherTypeOf = (packet: Frame['packet']): number =>
  packet.kind === 'other' ? packet.etherType : ETHER_TYPE[packet.kind]

t.test('sees what the decoder decodes, behind any number of tags', async t => {
  fc.assert(
    fc.property(frame, fc.array(tag, { maxLength: MAX_VLAN_TAGS }), (value, tags) => {
      const bytes = tagged(encodeFrame(value), tags)
      const decoded = decodeFrame(bytes)
      if (!decoded.ok) return void t.fail('not decoded')
      const view = viewOf(bytes)
      const { target, source, packet: seen } = decoded.value
      t.same(
        [view.targetMac, view.sourceMac, view.tags, view.etherType, packetStart(bytes, 0, bytes.length)],
        [target, source, tags.length, etherTypeOf(seen), 14 + 4 * tags.length],
      )
      t.same(
        tags.map((_, index) => view.tagAt(index)),
        tags.map(([, control]) => control),
      )
      if (seen.kind === 'arp')
        t.same([view.isArp, view.sourceIp, view.targetIp], [true, seen.senderIp, seen.targetIp])
      if (seen.kind !== 'ip4') return void t.same([view.version, view.protocol, view.isUdp], [0, -1, false])
      t.same([view.version, view.sourceIp, view.targetIp], [4, seen.source, seen.target])
      t.same([view.sourceIp4, view.targetIp4, view.isFragment], [seen.source, seen.target, false])
      t.equal(view.isUdp, seen.body.kind === 'udp')
      if (seen.body.kind !== 'udp') return
      t.same([view.sourcePort, view.targetPort], [seen.body.sourcePort, seen.body.targetPort])
      t.same(bytes.subarray(view.payloadAt, view.payloadEnd), seen.body.payload)
    }),
    { numRuns: 300 },
  )
})

t.test('tells the fragments of a packet from its beginning, and finds them together', async t => {
  const whole: Ip4Packet = {
    kind: 'ip4',
    source: toIp4(0x0a140105),
    target: toIp4(0x0a140164),
    ttl: 64,
    identification: 77,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    body: { kind: 'udp', sourcePort: 3000, targetPort: 2070, payload: new Uint8Array(4000) },
  }
  const ends = { target: parseMac('00:50:56:00:00:01')!, source: parseMac('02:00:00:00:00:05')! }
  const views = fragment(whole, 1500).map(piece => viewOf(encodeFrame({ ...ends, packet: piece })))
  t.same(
    views.map(view => [view.isFragment, view.isLaterFragment, view.isUdp]),
    [
      [true, false, true],
      [true, true, false],
      [true, true, false],
    ],
  )
  t.equal(new Set(views.map(view => view.packetKey)).size, 1)
})

const ADDRESSES = 'fe80000000000000004e00fffe000001 ff020000000000000000000000010002'
/** A UDP datagram of DHCPv6 behind these headers. */
const ip6 = (next: string, headers: string): Uint8Array =>
  fromHex(
    `3333000100 02024e0000 000186dd 60000000 0100 ${next} 40 ${ADDRESSES} ${headers} 02220223 000c0000 01000001`,
  )

t.test('walks over the extension headers of IPv6 to what they stand before', async t => {
  const ways = {
    none: ['11', ''],
    'hop by hop': ['00', '11 00 0502 0000 0100'],
    'routing, destination options': ['2b', '3c 00 000000000000 11 01 000000000000 0000000000000000'],
    'first fragment': ['2c', '11 00 0001 00000007'],
  } as const
  for (const [name, [next, headers]] of Object.entries(ways)) {
    const view = viewOf(ip6(next, headers))
    t.same([view.version, view.protocol, view.isUdp], [6, IP_PROTOCOL.udp, true], name)
    t.same([view.sourcePort, view.targetPort, view.isFragment], [546, 547, name === 'first fragment'], name)
    t.equal(view.payloadEnd - view.payloadAt, 4)
  }
  const plain = viewOf(ip6('11', ''))
  t.same(
    [plain.sourceIp, plain.targetIp].map(address => formatIp(address!)),
    ['fe80::4e:ff:fe00:1', 'ff02::1:2'],
  )
  const later = viewOf(ip6('2c', '11 00 0008 00000007'))
  t.same([later.isLaterFragment, later.isUdp, later.protocol], [true, false, IP_PROTOCOL.udp])
  const endless = viewOf(ip6('00', '00 00 050200000100'.repeat(MAX_IP6_EXTENSIONS + 1)))
  t.same([endless.version, endless.protocol], [6, -1], 'a chain without end is left')
})

const aDatagram = (content: Uint8Array): Ip4Packet => ({
  kind: 'ip4',
  source: toIp4(1),
  target: toIp4(2),
  ttl: 1,
  identification: 1,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  body: { kind: 'udp', sourcePort: 5, targetPort: 6, payload: content },
})

t.test('ends where the frame ends, and never says what is not there', async t => {
  const cases = [
    tagged(encodeFrame({ target: toMac(1), source: toMac(2), packet: aDatagram(latin1Bytes('hello')) }), [
      [0x8100, 7],
    ]),
    ip6('00', '11 00 0502 0000 0100'),
  ]
  for (const bytes of cases)
    for (let length = 0; length < bytes.length; length++) {
      const view = viewOf(bytes.subarray(0, length))
      if (view.isUdp) t.ok(view.payloadAt <= length)
      if (view.version !== 0) t.ok(view.packetAt + (view.version === 4 ? IP4.length : IP6.length) <= length)
      if (view.sourceIp !== undefined) t.ok(view.version !== 0 || view.isArp)
    }
})

t.test('of damaged frames it sees what the decoder sees', async t => {
  const original = tagged(
    encodeFrame({ target: toMac(1), source: toMac(2), packet: aDatagram(new Uint8Array(30)) }),
    [[0x8100, 3]],
  )
  const draw = fc.sample(
    fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 }), fc.nat({ max: 60 }), fc.nat({ max: 255 })),
    {
      numRuns: Math.min(FUZZ, 20_000),
      seed: 7,
    },
  )
  const view = new FrameView()
  for (const [at, value, other, second] of draw) {
    const bytes = Uint8Array.from(original)
    bytes[at] = value
    bytes[other] = second
    view.read(bytes)
    const decoded = decodeFrame(bytes)
    const inner = decoded.ok && decoded.value.packet.kind === 'ip4' ? decoded.value.packet : undefined
    if ((view.version === 4) !== (inner !== undefined))
      t.fail(`version ${view.version}, ${at} = ${value}, ${other} = ${second}`)
    if (inner?.body.kind === 'udp' && (!view.isUdp || view.sourcePort !== inner.body.sourcePort))
      t.fail(`ports, ${at} = ${value}, ${other} = ${second}`)
    if (inner && (inner.moreFragments || inner.fragmentOffset > 0) !== view.isFragment)
      t.fail(`fragment, ${at} = ${value}, ${other} = ${second}`)
  }
  t.pass()
})

t.test('other link layers, and a place within a larger buffer', async t => {
  const whole = encodeFrame({ target: toMac(1), source: toMac(2), packet: aDatagram(latin1Bytes('abc')) })
  const buffer = new Uint8Array(200).fill(0xee)
  buffer.set(whole, 50)
  const view = new FrameView()
  view.read(buffer, 50, 50 + whole.length)
  t.same([view.isUdp, view.sourcePort, view.payloadEnd - view.payloadAt, view.payloadAt], [true, 5, 3, 92])
  view.readPacket(buffer, ETHER_TYPE.ip4, 64, 50 + whole.length)
  t.same([view.isUdp, view.targetPort, view.tags], [true, 6, 0])
  t.equal(ip4BodyStart(buffer, 64, 50 + whole.length), 84)
  t.equal(ip4BodyStart(buffer, 64, 83), -1)
})

t.test('no header has a field behind its end', async t => {
  const tables = { ETHERNET, ARP, IP4, IP6, UDP, ICMP }
  for (const [name, { length, ...fields }] of Object.entries(tables))
    for (const [key, at] of Object.entries(fields)) t.ok((at as number) < length, `${name}.${key}`)
  const starts = Object.values(DHCP)
  t.same(
    starts,
    starts.toSorted((a, b) => a - b),
  )
})

t.test('what a datagram speaks: by its ports, else by its first bytes', async t => {
  const cases: readonly (readonly [number, number, string, UdpPayload])[] = [
    [68, 67, '01010600', 'dhcp'],
    [67, 68, '02010600', 'dhcp'],
    [67, 49152, '02010600', 'dhcp'],
    [4011, 4011, '01010600', 'dhcp'],
    [2070, 69, '00016100', 'tftp'],
    [3000, 2070, '00030001', 'tftp'],
    [2070, 3000, '00040001', 'tftp'],
    [3000, 2070, '0003', 'other'],
    [3000, 2070, '00070001', 'other'],
    [53, 3000, '12340100', 'other'],
    [50123, 3000, '70696e67', 'agent'],
    [3000, 80, '00040001', 'tftp'],
    [3000, 3001, '', 'other'],
  ]
  for (const [source, target, hex, wanted] of cases) {
    const bytes = fromHex(hex)
    t.equal(udpPayload(source, target, bytes, 0, bytes.length), wanted, `${source} to ${target}: ${hex}`)
  }
})
