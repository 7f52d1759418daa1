import t from 'tap'
import { LIMITED_BROADCAST, parseIp4, toMac } from '../../src/core/address.ts'
import { fromHex } from '../../src/core/bytes.ts'
import { dissect } from '../../src/viewer/dissect/dissect.ts'
import type { Field } from '../../src/viewer/dissect/fields.ts'
import { FramePeek, MAX_FRAGMENTED, PEEK_LENGTH } from '../../src/viewer/replay/frame-peek.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import * as options from '../../src/wire/dhcp/options.ts'
import type { Ip4Packet } from '../../src/wire/frame.ts'
import { encodeFrame, fragment } from '../../src/wire/frames.ts'

const ENDS = { target: toMac(0x005056000001), source: toMac(0x020000000005) }
const PC = toMac(0x005056000009)

const packet = (source: number, target: number, payload: Uint8Array, identification = 1): Ip4Packet => ({
  kind: 'ip4',
  source: parseIp4('10.20.1.5')!,
  target: LIMITED_BROADCAST,
  ttl: 64,
  identification,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  body: { kind: 'udp', sourcePort: source, targetPort: target, payload },
})
const framed = (inner: Ip4Packet): Uint8Array => encodeFrame({ ...ENDS, packet: inner })
const datagram = (source: number, target: number, hex: string): Uint8Array =>
  framed(packet(source, target, fromHex(hex)))

const peeked = (bytes: Uint8Array, peek = new FramePeek()): FramePeek => {
  const head = new Uint8Array(PEEK_LENGTH)
  head.set(bytes.subarray(0, PEEK_LENGTH))
  peek.look(head, Math.min(bytes.length, PEEK_LENGTH))
  return peek
}
const kindOf = (bytes: Uint8Array): string => peeked(bytes).kind

const discover = encodeDhcp(
  options.bootRequest({
    xid: 1,
    flags: 0x8000,
    chaddr: options.chaddrOf(PC),
    options: [options.messageTypeOption('discover')],
  }),
)
const withTag = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, 12), 0x81, 0, 0, 7, ...bytes.subarray(12)])

t.test('a datagram that no rule knows is UDP, not TFTP', async t => {
  t.equal(kindOf(datagram(53, 40000, '1234 8180 0001')), 'udp')
  t.equal(kindOf(datagram(50123, 50124, '70696e67')), 'udp', 'agents')
  t.equal(kindOf(datagram(2070, 69, '0001 6100 6f6374657400')), 'tftp')
  t.equal(kindOf(datagram(3000, 2070, '0003 0001 aabb')), 'tftp')
  t.equal(kindOf(datagram(3000, 2070, '0009 0001 aabb')), 'udp')
})

t.test('a DHCP message is found behind VLAN tags too, with its machine', async t => {
  const plain = framed(packet(68, 67, discover))
  for (const bytes of [plain, withTag(plain), withTag(withTag(plain))]) {
    const peek = peeked(bytes)
    t.same([peek.kind, peek.about], ['dhcp', PC])
  }
  t.equal(kindOf(framed(packet(4011, 4011, discover))), 'pxe')
})

t.test('a later fragment is what its packet is; of a packet that was not seen it is UDP', async t => {
  const data = Uint8Array.from([0, 3, 0, 1, ...new Uint8Array(3000)])
  const peek = new FramePeek()
  const kinds = fragment(packet(3000, 2070, data, 9), 1500).map(piece => peeked(framed(piece), peek).kind)
  t.same(kinds, ['tftp', 'tftp', 'tftp'])
  const [, stray] = fragment(packet(3000, 2070, data, 10), 1500)
  t.equal(peeked(framed(stray!), peek).kind, 'udp')
})

t.test('no flood of fragments makes it remember more', async t => {
  const peek = new FramePeek()
  const kindOfSecond = (identification: number): string => {
    const [first, second] = fragment(
      packet(3000, 2070, Uint8Array.from([0, 3, 0, 1, ...new Uint8Array(1500)]), identification),
      1500,
    )
    peeked(framed(first!), peek)
    return peeked(framed(second!), peek).kind
  }
  for (let id = 0; id <= MAX_FRAGMENTED; id++) if (kindOfSecond(id) !== 'tftp') t.fail(`${id}`)
  t.pass()
})

const insides = (fields: readonly Field[], start: number, end: number): boolean =>
  fields.every(
    field =>
      field.start >= start && field.end <= end && insides(field.children ?? [], field.start, field.end),
  )

t.test('the tree of a packet has tags and IPv6', async t => {
  const nameOf = () => 'nobody'
  const tree = dissect(withTag(framed(packet(68, 67, discover))), nameOf)
  t.same(
    tree.layers.map(({ label }) => label),
    ['Ethernet', 'VLAN', 'IPv4', 'UDP', 'DHCP'],
  )
  t.equal(tree.layers[1]!.value, '7')
  const solicit = fromHex(
    '333300010002 024e00000001 86dd 60000000 0014 00 01 fe80000000000000004e00fffe000001 ff020000000000000000000000010002' +
      '11 00 0502 0000 0100 02220223 000c 0000 01000001',
  )
  const ip6 = dissect(solicit, nameOf)
  t.same(ip6.layers.map(({ label, value }) => `${label}: ${value}`).slice(1), [
    'IPv6: fe80::4e:ff:fe00:1 → ff02::1:2',
    'UDP: port 546 → 547',
    'Payload: 4 bytes: 01000001',
  ])
  for (const bytes of [withTag(framed(packet(68, 67, discover))), solicit])
    for (let length = 0; length <= bytes.length; length++) {
      const { layers } = dissect(bytes.subarray(0, length), nameOf)
      if (!insides(layers, 0, length)) t.fail(`fields outside, cut at ${length}`)
    }
})
