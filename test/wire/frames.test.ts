import * as fc from 'fast-check'
import t from 'tap'
import { BROADCAST_MAC, parseIp4, parseMac, toIp4, toMac } from '../../src/core/address.ts'
import type { Ip4 } from '../../src/core/address.ts'
import { fromHex, toHex, u16At, writeU16 } from '../../src/core/bytes.ts'
import { valueOf } from '../../src/core/decoded.ts'
import type { Issue } from '../../src/core/decoded.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { MAX_PENDING_BYTES, MAX_PENDING_DATAGRAMS, REASSEMBLY_TIMEOUT } from '../../src/wire/fragments.ts'
import type { Frame, Ip4Packet, UdpPacket } from '../../src/wire/frame.ts'
import {
  ICMP_TYPE,
  Reassembler,
  UNREACHABLE_CODE,
  decodeFrame,
  encodeFrame,
  fragment,
  icmpUnreachable,
  readUnreachable,
} from '../../src/wire/frames.ts'
import { FUZZ } from '../effort.ts'

const ip = (text: string): Ip4 => parseIp4(text)!
const mac = (text: string) => parseMac(text)!
const bytesOf = (length: number, step = 7) => Uint8Array.from({ length }, (_, i) => (i * step) & 255)

const udpPacket = (payload: Uint8Array, fields: Partial<Ip4Packet> = {}): Ip4Packet => ({
  kind: 'ip4',
  source: ip('10.20.1.5'),
  target: ip('10.20.1.100'),
  ttl: 64,
  identification: 0x1234,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  body: { kind: 'udp', sourcePort: 69, targetPort: 2070, payload },
  ...fields,
})
const framed = (packet: Frame['packet']): Frame => ({
  target: mac('00:50:56:00:00:01'),
  source: mac('02:00:00:00:00:05'),
  packet,
})
const decodedOf = (bytes: Uint8Array) => {
  const result = decodeFrame(bytes)
  return { frame: valueOf(result)!, codes: result.issues.map(issue => `${issue.severity} ${issue.code}`) }
}
const codesOf = (bytes: Uint8Array) => decodedOf(bytes).codes

void t.test('a UDP frame, byte for byte', async t => {
  const bytes = encodeFrame(framed(udpPacket(fromHex('00 04 00 01'))))
  t.equal(bytes.length, 60)
  t.strictSame(bytes.subarray(0, 24), fromHex('005056000001 020000000005 0800 45000020 1234 0000 4011'))
  t.strictSame(bytes.subarray(26, 40), fromHex('0a140105 0a140164 0045 0816 000c'))
  t.strictSame(bytes.subarray(42), fromHex(`00040001 ${'00'.repeat(14)}`), 'padded to the Ethernet minimum')
  const sum = (words: number[]) => words.reduce((a, b) => ((a + b) & 0xffff) + ((a + b) >>> 16), 0)
  t.equal(u16At(bytes, 24), ~sum([0x4500, 0x20, 0x1234, 0, 0x4011, 0x0a14, 0x105, 0x0a14, 0x164]) & 0xffff)
  t.equal(
    u16At(bytes, 40),
    ~sum([0x0a14, 0x105, 0x0a14, 0x164, 17, 12, 69, 2070, 12, 4, 1]) & 0xffff,
    'with the pseudo header',
  )
})

void t.test('what is encoded is decoded, padding stripped', async t => {
  const frames: Frame[] = [
    framed(udpPacket(bytesOf(0))),
    framed(udpPacket(bytesOf(3))),
    framed(udpPacket(bytesOf(1472), { dontFragment: true, ttl: 1, identification: 0xffff })),
    framed({
      ...udpPacket(bytesOf(0)),
      body: { kind: 'icmp', type: 8, code: 0, rest: 0xdeadbeef, payload: bytesOf(5) },
    }),
    framed({ ...udpPacket(bytesOf(0)), body: { kind: 'raw', protocol: 6, bytes: bytesOf(21) } }),
    framed({
      ...udpPacket(bytesOf(0)),
      moreFragments: true,
      fragmentOffset: 1480,
      body: { kind: 'raw', protocol: 17, bytes: bytesOf(1480) },
    }),
    framed({ kind: 'other', etherType: 0x86dd, bytes: bytesOf(46) }),
    {
      target: BROADCAST_MAC,
      source: mac('fe:ff:ff:ff:ff:ff'),
      packet: {
        kind: 'arp',
        operation: 'request',
        senderMac: mac('fe:ff:ff:ff:ff:ff'),
        senderIp: ip('255.1.2.3'),
        targetMac: toMac(0),
        targetIp: ip('10.0.0.1'),
      },
    },
  ]
  for (const frame of frames)
    t.strictSame(decodeFrame(encodeFrame(frame)), { ok: true, value: frame, issues: [] })
})

void t.test(
  'UDP checksums: 0 is not used, all ones stands for 0, damage and offload are told apart',
  async t => {
    const bytes = encodeFrame(framed(udpPacket(fromHex('00 04 00 01'))))
    const withChecksum = (value: number) => {
      const copy = bytes.slice()
      writeU16(copy, 40, value)
      return copy
    }
    t.strictSame(codesOf(withChecksum(0)), [])
    t.strictSame(codesOf(withChecksum(u16At(bytes, 40) ^ 1)), ['violation udp.checksum'])
    // The folded pseudo header: 0a14+0105+0a14+0164+11+0c = 0x16ae.
    t.strictSame(codesOf(withChecksum(0x16ae)), ['oddity udp.checksumOffloaded'])
    // A payload that makes the sum come out as 0xffff, so that the checksum would be 0.
    const zero = encodeFrame(
      framed(udpPacket(Uint8Array.of(u16At(bytes, 40) >>> 8, u16At(bytes, 40) & 255, 0, 5))),
    )
    const wanted = (u16At(zero, 40) + u16At(zero, 42)) % 0xffff
    const exact = encodeFrame(framed(udpPacket(Uint8Array.of(wanted >>> 8, wanted & 255, 0, 5))))
    t.equal(u16At(exact, 40), 0xffff)
    t.strictSame(codesOf(exact), [])
  },
)

void t.test('damage anywhere under a checksum is seen', async t => {
  const bytes = encodeFrame(framed(udpPacket(bytesOf(20))))
  for (let i = 14; i < 62; i++) {
    const copy = bytes.slice()
    copy[i]! ^= 0x10
    t.not(codesOf(copy).length, 0, `byte ${i}`)
  }
  const echo = encodeFrame(
    framed({
      ...udpPacket(bytesOf(0)),
      body: { kind: 'icmp', type: 8, code: 0, rest: 1, payload: bytesOf(32) },
    }),
  )
  echo[50]! ^= 1
  t.strictSame(codesOf(echo), ['violation icmp.checksum'])
})

void t.test('what is short or contradicts itself gives issues and what can be read', async t => {
  const bytes = encodeFrame(framed(udpPacket(bytesOf(100))))
  const short = decodeFrame(bytes.subarray(0, 13))
  t.equal(short.ok, false)
  t.strictSame(
    short.issues.map(issue => `${issue.severity} ${issue.code}`),
    ['fatal ethernet.truncated'],
  )
  t.strictSame(codesOf(bytes.subarray(0, 20)), ['violation ip4.truncated'])
  t.strictSame(codesOf(bytes.subarray(0, 36)), ['violation ip4.truncated', 'violation udp.truncated'])
  const cut = decodedOf(bytes.subarray(0, 80))
  t.strictSame(cut.codes, ['violation ip4.truncated'], 'a cut packet is not called damaged as well')
  t.strictSame(((cut.frame.packet as Ip4Packet).body as UdpPacket).payload, bytesOf(100).subarray(0, 38))

  const changed = (change: (copy: Uint8Array) => void) => {
    const copy = bytes.slice()
    change(copy)
    return decodedOf(copy)
  }
  const badVersion = changed(copy => (copy[14] = 0x65))
  t.strictSame(badVersion.codes, ['violation ip4.version'])
  t.equal(badVersion.frame.packet.kind, 'other')
  t.strictSame(changed(copy => (copy[14] = 0x44)).codes, ['violation ip4.headerLength'])
  t.strictSame(changed(copy => writeU16(copy, 16, 10)).codes[1], 'violation ip4.totalLength')
  t.strictSame(changed(copy => writeU16(copy, 38, 7)).codes, ['violation udp.length'])
  t.strictSame(changed(copy => writeU16(copy, 38, 109)).codes, ['violation udp.truncated'])
  t.strictSame(changed(copy => (writeU16(copy, 38, 107), writeU16(copy, 40, 0))).codes, ['oddity udp.length'])
  t.strictSame(codesOf(fromHex('ffffffffffff 020000000001 0806 0001 0800 06 04')), [
    'violation arp.truncated',
  ])
  t.strictSame(codesOf(fromHex('ffffffffffff 020000000001 0806 0001 0800 06 04 0008' + '00'.repeat(20))), [
    'oddity arp.unsupported',
  ])
})

void t.test('header options are skipped', async t => {
  const plain = encodeFrame(framed(udpPacket(bytesOf(40))))
  const bytes = new Uint8Array(plain.length + 4)
  bytes.set(plain.subarray(0, 34))
  bytes.set(fromHex('94 04 00 00'), 34) // router alert, RFC 2113
  bytes.set(plain.subarray(34), 38)
  bytes[14] = 0x46
  writeU16(bytes, 16, u16At(plain, 16) + 4)
  // The sum grew by 0x0100 (length of header), 4 and the option.
  let sum = (~u16At(plain, 24) & 0xffff) + 0x0100 + 4 + 0x9404
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  writeU16(bytes, 24, ~sum)
  t.strictSame(decodeFrame(bytes), { ok: true, value: framed(udpPacket(bytesOf(40))), issues: [] })
})

void t.test('VLAN tags are skipped, up to four', async t => {
  const plain = encodeFrame(framed(udpPacket(bytesOf(40))))
  const tagged = (...types: string[]) =>
    fromHex(
      toHex(plain.subarray(0, 12)) + types.map(type => `${type}0064`).join('') + toHex(plain.subarray(12)),
    )
  t.strictSame(decodedOf(tagged('8100')), decodedOf(plain))
  t.strictSame(decodedOf(tagged('88a8', '8100')), decodedOf(plain))
  t.equal(decodedOf(tagged('8100', '8100', '8100', '8100', '8100')).frame.packet.kind, 'other')
  t.strictSame(codesOf(tagged('8100').subarray(0, 16)), ['violation ethernet.truncated'])
})

void t.test('no IPv4 packet above 65,535 bytes', async t => {
  t.equal(encodeFrame(framed(udpPacket(bytesOf(65507)))).length, 65549)
  t.throws(() => encodeFrame(framed(udpPacket(bytesOf(65508)))), RangeError)
})

void t.test('fragments', async t => {
  const packet = udpPacket(bytesOf(4000))
  const fragments = fragment(packet, 1500)
  t.strictSame(
    fragments.map(f => [f.fragmentOffset, f.moreFragments, f.body.kind === 'raw' && f.body.bytes.length]),
    [
      [0, true, 1480],
      [1480, true, 1480],
      [2960, false, 1048],
    ],
  )
  t.strictSame(fragment(udpPacket(bytesOf(1472)), 1500), [udpPacket(bytesOf(1472))], 'what fits stays whole')
  t.strictSame(fragment(udpPacket(bytesOf(1473), { dontFragment: true }), 1500), [])
  t.throws(() => fragment(packet, 67), RangeError)

  // A router with a smaller MTU cuts the fragments again.
  const twice = fragments.flatMap(f => fragment(f, 576))
  t.equal(twice.filter(f => !f.moreFragments).length, 1)
  const reassembler = new Reassembler()
  const results = twice.reverse().map(f => reassembler.add(0, f))
  t.strictSame(
    results.slice(0, -1),
    results.slice(0, -1).map(() => undefined),
  )
  t.strictSame(results.at(-1), packet)
  t.equal(reassembler.size, 0)
})

void t.test('reassembly: order, duplicates, several at once', async t => {
  const reassembler = new Reassembler()
  const whole = udpPacket(bytesOf(10))
  t.equal(reassembler.add(0, whole), whole, 'what is not fragmented passes')
  const one = udpPacket(bytesOf(3000, 3), { identification: 1 })
  const two = udpPacket(bytesOf(3000, 5), { identification: 2 })
  const [a, b, c] = fragment(one, 1500) as [Ip4Packet, Ip4Packet, Ip4Packet]
  const [d, e, f] = fragment(two, 1500) as [Ip4Packet, Ip4Packet, Ip4Packet]
  const results = [b, d, b, f, c, f, e, a].map(piece => reassembler.add(0, piece))
  t.strictSame(results, [undefined, undefined, undefined, undefined, undefined, undefined, two, one])
})

void t.test('reassembly refuses overlap, contradiction and the oversized', async t => {
  const packet = udpPacket(bytesOf(3000))
  const [a, b, c] = fragment(packet, 1500) as [Ip4Packet, Ip4Packet, Ip4Packet]
  const raw = (start: number, length: number, more: boolean): Ip4Packet => ({
    ...packet,
    fragmentOffset: start,
    moreFragments: more,
    body: { kind: 'raw', protocol: 17, bytes: bytesOf(length) },
  })
  const feed = (...pieces: Ip4Packet[]) => {
    const reassembler = new Reassembler()
    const results = pieces.map(piece => reassembler.add(0, piece))
    return { result: results.at(-1), size: reassembler.size }
  }
  t.strictSame(feed(a, b, c).result, packet)
  for (const [name, overlap] of Object.entries({
    'inside the first': raw(8, 16, true),
    'across two': raw(1472, 16, true),
    'same start, other length': raw(0, 8, true),
    'a second, shorter end': raw(1480, 8, false),
    'a second, longer end': raw(4000, 8, false),
  })) {
    t.strictSame(feed(a, c, overlap), { result: undefined, size: 0 }, name)
    t.equal(feed(a, c, overlap, b).result, undefined, `${name}, then the rest`)
  }
  t.strictSame(feed(c, raw(4000, 8, true)), { result: undefined, size: 0 }, 'beyond the end')
  t.strictSame(feed(raw(65528, 8, false)), { result: undefined, size: 0 }, 'beyond 65,535')
  t.strictSame(feed(raw(0, 9, true)), { result: undefined, size: 0 }, 'not a multiple of 8')
  t.strictSame(feed(raw(8, 0, false)), { result: undefined, size: 0 }, 'empty')
})

void t.test('reassembly drops what was damaged, or hands it over with the issue', async t => {
  const pieces = fragment(udpPacket(bytesOf(3000)), 1500)
  const damaged = pieces.map((piece, i): Ip4Packet => {
    const bytes = piece.body.kind === 'raw' ? piece.body.bytes.slice() : new Uint8Array()
    if (i === 1) bytes[100]! ^= 1
    return { ...piece, body: { kind: 'raw', protocol: 17, bytes } }
  })
  const host = new Reassembler()
  t.strictSame(
    damaged.map(piece => host.add(0, piece)),
    [undefined, undefined, undefined],
  )
  const issues: Issue[] = []
  const analyser = new Reassembler()
  const results = damaged.map(piece => analyser.add(0, piece, issues))
  t.equal(results[2]?.body.kind, 'udp')
  t.strictSame(
    issues.map(issue => issue.code),
    ['udp.checksum'],
  )
})

void t.test('reassembly has limits', async t => {
  const first = (identification: number, size = 8) =>
    fragment(udpPacket(bytesOf(size * 4), { identification }), 68)[0]!
  const reassembler = new Reassembler()
  for (let i = 0; i < MAX_PENDING_DATAGRAMS + 10; i++) reassembler.add(0, first(i, 40))
  t.equal(reassembler.size, MAX_PENDING_DATAGRAMS)

  const [late, rest] = fragment(udpPacket(bytesOf(1473), { identification: 7 }), 1500) as [
    Ip4Packet,
    Ip4Packet,
  ]
  reassembler.add(REASSEMBLY_TIMEOUT, late)
  t.equal(reassembler.size, 1, 'all others have timed out')
  t.equal(reassembler.add(2 * REASSEMBLY_TIMEOUT, rest), undefined)
  reassembler.add(3 * REASSEMBLY_TIMEOUT, late)
  t.equal(reassembler.add(4 * REASSEMBLY_TIMEOUT - 1, rest)?.body.kind, 'udp')
  t.equal(REASSEMBLY_TIMEOUT, 30 * SECOND)

  const bulk = new Reassembler()
  for (let id = 0; id < 30; id++)
    for (const piece of fragment(udpPacket(bytesOf(60_000), { identification: id }), 9000).slice(1))
      bulk.add(0, piece)
  t.ok(bulk.size * 51_000 <= MAX_PENDING_BYTES, `${bulk.size} datagrams of 51,000 bytes are kept`)
  t.equal(bulk.size, 20)
})

void t.test('destination unreachable carries the original addresses and ports', async t => {
  const original = udpPacket(bytesOf(400))
  const icmp = icmpUnreachable(original, UNREACHABLE_CODE.port)
  t.equal(icmp.type, ICMP_TYPE.unreachable)
  t.equal(icmp.payload.length, 28)
  t.strictSame(readUnreachable(icmp), {
    cause: 'port',
    protocol: 17,
    source: { ip: ip('10.20.1.5'), port: 69 },
    target: { ip: ip('10.20.1.100'), port: 2070 },
  })
  t.equal(readUnreachable({ ...icmp, code: 0 })?.cause, 'net')
  t.equal(readUnreachable({ ...icmp, code: 1 })?.cause, 'host')
  t.equal(readUnreachable({ ...icmp, code: 13 })?.cause, 'other')
  t.equal(readUnreachable({ ...icmp, type: 8 }), undefined)
  for (let length = 0; length < 24; length++)
    t.equal(readUnreachable({ ...icmp, payload: icmp.payload.subarray(0, length) }), undefined)
  const second = fragment(udpPacket(bytesOf(3000)), 1500)[1]!
  t.strictSame(readUnreachable(icmpUnreachable(second, 1))?.target, { ip: ip('10.20.1.100'), port: 0 })
  t.equal(icmpUnreachable(original, UNREACHABLE_CODE.fragmentationNeeded, 1400).rest, 1400)
})

void t.test('property: any datagram survives encoding, and any MTU', async () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5000 }),
      fc.nat(0xffffffff),
      fc.nat(0xffff),
      fc.nat(0xffff),
      fc.integer({ min: 68, max: 1600 }),
      (payload, address, port, identification, mtu) => {
        const packet = udpPacket(payload, {
          source: toIp4(address),
          identification,
          body: { kind: 'udp', sourcePort: port, targetPort: 0xffff - port, payload },
        })
        const back = decodeFrame(encodeFrame(framed(packet)))
        if (!back.ok || back.issues.length > 0) return false
        if (toHex(encodeFrame(back.value)) !== toHex(encodeFrame(framed(packet)))) return false
        const reassembler = new Reassembler()
        let whole: Ip4Packet | undefined
        for (const piece of fragment(packet, mtu)) whole = reassembler.add(0, piece)
        return whole !== undefined && toHex(encodeFrame(framed(whole))) === toHex(encodeFrame(framed(packet)))
      },
    ),
    { numRuns: 200, seed: 1 },
  )
})

void t.test(`fuzz: ${FUZZ} mutated frames never throw and never read outside`, async t => {
  const draw = random('frames-fuzz')
  const seeds = [
    encodeFrame(framed(udpPacket(bytesOf(60)))),
    encodeFrame(framed({ ...udpPacket(bytesOf(0)), body: icmpUnreachable(udpPacket(bytesOf(9)), 3) })),
    encodeFrame(framed(fragment(udpPacket(bytesOf(3000)), 576)[1]!)),
    fromHex(`ffffffffffff020000000001 8100 0001 0806 0001 0800 06 04 0001${'00'.repeat(20)}`),
  ]
  const reassembler = new Reassembler()
  let decodedCount = 0
  for (let i = 0; i < FUZZ; i++) {
    const seed = seeds[draw.below(seeds.length)]!
    const bytes = seed.slice(0, draw.chance(0.3) ? draw.below(seed.length + 1) : seed.length)
    for (let n = draw.below(6); n > 0 && bytes.length > 0; n--) bytes[12 + draw.below(40)] = draw.below(256)
    const result = decodeFrame(bytes)
    for (const issue of result.issues)
      if (issue.offset > bytes.length) t.fail(`issue beyond the frame: ${issue.code} at ${issue.offset}`)
    if (!result.ok) continue
    decodedCount++
    const packet = result.value.packet
    if (packet.kind !== 'ip4') continue
    encodeFrame(result.value)
    reassembler.add(i * 1000, packet)
    if (packet.body.kind === 'icmp') readUnreachable(packet.body)
  }
  t.ok(decodedCount > FUZZ / 2)
})
