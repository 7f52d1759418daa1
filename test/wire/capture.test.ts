import * as fc from 'fast-check'
import t from 'tap'
import { BROADCAST_MAC, parseIp4, toMac } from '../../src/core/address.ts'
import { concat, fromHex, toHex, u32Bytes } from '../../src/core/bytes.ts'
import { random } from '../../src/core/random.ts'
import { MAX_BLOCK_LENGTH, MAX_INTERFACES, MAX_ISSUES } from '../../src/wire/capture/format.ts'
import {
  CaptureReader,
  LINK_TYPE,
  encodePcap,
  encodePcapng,
  pcapngPacket,
  pcapngPreamble,
  readCapture,
} from '../../src/wire/capture/index.ts'
import type { CaptureRecord } from '../../src/wire/capture/index.ts'
import { encodeFrame } from '../../src/wire/frames.ts'
import { decodeLink } from '../../src/wire/link.ts'
import { FUZZ } from '../effort.ts'

const EPOCH = 1_577_836_800

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7) & 255)
const two = [
  { name: 'office', linkType: LINK_TYPE.ethernet },
  { name: 'servers', linkType: LINK_TYPE.ethernet },
]
const records: CaptureRecord[] = [
  { at: 0, iface: 0, bytes: bytesOf(60) },
  { at: 1_234_567, iface: 1, bytes: bytesOf(61), comment: 'dropped: loss → see report' },
  { at: 4_294_967_296_001, iface: 0, bytes: bytesOf(63), originalLength: 1500 },
]
const codes = (issues: readonly { code: string }[]) => issues.map(issue => issue.code)

/** A block of a foreign pcapng: big-endian unless said otherwise. */
const block = (type: number, body: Uint8Array, u32 = u32Bytes): Uint8Array =>
  concat([u32(type), u32(body.length + 12), body, u32(body.length + 12)])
const little = (value: number) => u32Bytes(value).reverse()
const section = (u32 = u32Bytes) =>
  block(
    0x0a0d0d0a,
    concat([
      u32(0x1a2b3c4d),
      u32 === little ? fromHex('01000000') : fromHex('00010000'),
      fromHex('ff'.repeat(8)),
    ]),
    u32,
  )
const ifaceBlock = (linkType: number, options = '', snapLength = 0) =>
  block(1, concat([u32Bytes(linkType * 0x10000), u32Bytes(snapLength), fromHex(options)]))
const packetBlock = (iface: number, ticks: bigint, bytes: Uint8Array) =>
  block(
    6,
    concat([
      u32Bytes(iface),
      u32Bytes(Number(ticks >> 32n)),
      u32Bytes(Number(ticks & 0xffffffffn)),
      u32Bytes(bytes.length),
      u32Bytes(bytes.length),
      bytes,
      new Uint8Array(-bytes.length & 3),
    ]),
  )

void t.test('pcapng: what is written is read', async t => {
  const file = encodePcapng(two, records)
  const back = readCapture(file)
  t.strictSame(back.issues, [])
  t.strictSame(back.interfaces, two)
  t.strictSame(
    back.frames,
    records.map(({ at, iface, bytes, originalLength }) => ({
      at,
      iface,
      linkType: 1,
      bytes,
      ...(originalLength && { originalLength }),
    })),
  )
  t.strictSame(
    concat([pcapngPreamble(two), ...records.map(pcapngPacket)]),
    file,
    'in one piece or as it comes',
  )
  t.strictSame(encodePcapng(two, records), file, 'the same bytes again')
})

void t.test('pcapng, byte for byte', async t => {
  const file = encodePcapng([{ name: 'office', linkType: 1 }], [{ at: 1, iface: 0, bytes: bytesOf(2) }])
  t.equal(
    toHex(file),
    toHex(
      fromHex(
        `
      0a0d0d0a 2c000000 4d3c2b1a 0100 0000 ffffffffffffffff 0400 0700 6e62732d6c616200 0000 0000 2c000000
      01000000 2c000000 0100 0000 00000000 0200 0600 6f66666963650000 0900 0100 06000000 0000 0000 2c000000
      06000000 24000000 00000000 0a9b0500 01406404 02000000 02000000 0007 0000 24000000`.replace(
          '0a9b0500 01406404',
          toHex(little(Math.floor((EPOCH * 1e6 + 1) / 2 ** 32))) + toHex(little((EPOCH * 1e6 + 1) % 2 ** 32)),
        ),
      ),
    ),
  )
})

void t.test('pcap: what is written is read', async t => {
  const back = readCapture(encodePcap(records.slice(0, 2)))
  t.strictSame(back.issues, [])
  t.strictSame(back.interfaces, [{ name: '', linkType: 1 }])
  t.strictSame(back.frames, [
    { at: 0, iface: 0, linkType: 1, bytes: bytesOf(60) },
    { at: 1_234_567, iface: 0, linkType: 1, bytes: bytesOf(61) },
  ])
  t.equal(
    toHex(encodePcap([{ at: -1, iface: 0, bytes: bytesOf(1), originalLength: 60 }], { linkType: 101 })),
    'd4c3b2a10200040000000000000000000000040065000000ffe00b5e3f420f00010000003c00000000',
  )
})

void t.test('pcap of other machines: both byte orders, both resolutions', async t => {
  const body = (u32: typeof u32Bytes, fraction: number) =>
    concat([u32(EPOCH + 5), u32(fraction), u32(3), u32(99), fromHex('aabbcc')])
  const header = (u32: typeof u32Bytes, magic: number) =>
    concat([u32(magic), u32(0), u32(0), u32(0), u32(0xffff), u32(276)])
  const wanted = { at: 5_000_007, iface: 0, linkType: 276, bytes: fromHex('aabbcc'), originalLength: 99 }
  for (const u32 of [u32Bytes, little]) {
    for (const [magic, fraction] of [
      [0xa1b2c3d4, 7],
      [0xa1b23c4d, 7999],
    ] as const) {
      const back = readCapture(concat([header(u32, magic), body(u32, fraction)]))
      t.strictSame(back.frames, [wanted])
      t.strictSame(back.issues, [])
    }
  }
})

void t.test('pcapng of other machines: sections, clocks, simple, obsolete and unknown blocks', async t => {
  const nanos = '0009 0001 09000000'
  const binary = '0009 0001 94000000' // 2^-20 s
  const offset = '000e 0008 0000000000000064'
  const before = '000e 0008 ffffffffffffff9c'
  const second = BigInt(EPOCH)
  const file = concat([
    section(),
    ifaceBlock(1, nanos + '0000 0000'),
    ifaceBlock(101, `0002 0003 65746800 ${binary} ${offset}`, 2),
    block(0x0bad, bytesOf(8)),
    packetBlock(0, second * 1_000_000_000n + 1999n, fromHex('01')),
    packetBlock(1, (second << 20n) + (1n << 19n), fromHex('02')),
    section(),
    ifaceBlock(113, before, 3),
    block(3, concat([u32Bytes(7), fromHex('03040500')])),
    block(
      2,
      concat([fromHex('0000 ffff'), u32Bytes(0), u32Bytes(5), u32Bytes(1), u32Bytes(1), fromHex('06000000')]),
    ),
    section(little),
    block(1, fromHex('0100 0000 00000000'), little),
    block(6, concat([little(0), little(0), little(0), little(1), little(1), fromHex('07000000')]), little),
  ])
  const back = readCapture(file)
  t.strictSame(back.issues, [])
  t.strictSame(back.interfaces, [
    { name: '', linkType: 1 },
    { name: 'eth', linkType: 101 },
    { name: '', linkType: 113 },
    { name: '', linkType: 1 },
  ])
  const lastAt = 100_500_000
  t.strictSame(back.frames, [
    { at: 1, iface: 0, linkType: 1, bytes: fromHex('01') },
    { at: lastAt, iface: 1, linkType: 101, bytes: fromHex('02') },
    { at: lastAt, iface: 2, linkType: 113, bytes: fromHex('030405'), originalLength: 7 },
    { at: -(EPOCH + 100) * 1e6 + 5, iface: 2, linkType: 113, bytes: fromHex('06') },
    { at: -EPOCH * 1e6, iface: 3, linkType: 1, bytes: fromHex('07') },
  ])
})

void t.test('a clock beyond all calendars stays an integer', async t => {
  const wild = (options: string) =>
    readCapture(
      concat([section(), ifaceBlock(1, options), packetBlock(0, 0xffffffffffffffffn, fromHex('01'))]),
    ).frames
  t.equal(wild('0009 0001 00000000')[0]?.at, Number.MAX_SAFE_INTEGER)
  t.equal(wild('0009 0001 7f000000')[0]?.at, -EPOCH * 1e6)
  t.equal(wild('0009 0001 ff000000 000e 0008 8000000000000000')[0]?.at, -Number.MAX_SAFE_INTEGER)
})

void t.test('byte by byte is the same as at once', async t => {
  for (const file of [encodePcapng(two, records), encodePcap(records)]) {
    const reader = new CaptureReader()
    const frames = []
    for (const byte of file) {
      reader.push(Uint8Array.of(byte))
      for (let frame = reader.take(); frame; frame = reader.take()) frames.push(frame)
    }
    reader.end()
    t.strictSame(frames, readCapture(file).frames)
    t.strictSame(reader.issues, [])
  }
})

void t.test('a truncated file gives one issue and what came before', async t => {
  for (const file of [encodePcapng(two, records), encodePcap(records)]) {
    const whole = readCapture(file).frames
    for (let length = 0; length < file.length; length++) {
      const { frames, issues } = readCapture(file.subarray(0, length))
      t.ok(issues.length <= 1, `${length}: one issue`)
      if (issues.length > 0) t.strictSame(codes(issues), ['capture.truncated'], `${length}`)
      t.strictSame(frames, whole.slice(0, frames.length), `${length}: what was read is right`)
      if (length === file.length - 1) t.strictSame([frames.length, issues.length], [whole.length - 1, 1])
    }
  }
})

void t.test('absurd lengths end the reading with one issue', async t => {
  const start = concat([section(), ifaceBlock(1), packetBlock(0, 1n, fromHex('0102'))])
  const blockOf = (length: number) => concat([start, u32Bytes(5), u32Bytes(length), bytesOf(100)])
  for (const length of [0, 11, 13, MAX_BLOCK_LENGTH + 4, 0xffffffff]) {
    const { frames, issues } = readCapture(blockOf(length))
    t.strictSame([frames.length, ...codes(issues)], [1, 'pcapng.blockLength'])
  }
  t.strictSame(codes(readCapture(blockOf(20)).issues), ['pcapng.blockLength'], 'the second length differs')
  t.equal(readCapture(blockOf(20)).issues[0]?.offset, start.length + 16)
  const pcap = encodePcap(records)
  pcap.set(fromHex('ffffff7f'), 24 + 16 + 60 + 8)
  const { frames, issues } = readCapture(pcap)
  t.strictSame([frames.length, ...codes(issues)], [1, 'pcap.recordLength'])
})

void t.test('blocks that contradict themselves are passed over', async t => {
  const good = packetBlock(0, 1n, fromHex('01'))
  const tooLong = packetBlock(0, 1n, fromHex('02'))
  tooLong.set(u32Bytes(5), 20)
  const { frames, issues } = readCapture(
    concat([
      section(),
      block(3, u32Bytes(4)),
      ifaceBlock(1),
      packetBlock(1, 1n, fromHex('03')),
      tooLong,
      block(6, bytesOf(4)),
      block(3, u32Bytes(4)),
      block(1, u32Bytes(0)),
      good,
    ]),
  )
  t.equal(frames.length, 1)
  t.strictSame(codes(issues), [
    'pcapng.interface',
    'pcapng.interface',
    'pcapng.packetLength',
    'pcapng.packetLength',
    'pcapng.packetLength',
    'pcapng.truncated',
  ])
})

void t.test('limits: interfaces and issues', async t => {
  const many = readCapture(
    concat([section(), ...Array.from({ length: MAX_INTERFACES + 1 }, () => ifaceBlock(1))]),
  )
  t.equal(many.interfaces.length, MAX_INTERFACES)
  t.strictSame(codes(many.issues), ['pcapng.interfaces'])
  const bad = Array.from({ length: MAX_ISSUES + 50 }, () => packetBlock(9, 1n, fromHex('01')))
  const noisy = readCapture(concat([section(), ...bad, Uint8Array.of(1)]))
  t.equal(noisy.issues.length, MAX_ISSUES + 1)
  t.equal(noisy.issues.at(-1)?.code, 'capture.truncated')
})

void t.test('memory does not grow with the file', async t => {
  const reader = new CaptureReader()
  reader.push(pcapngPreamble(two))
  const packet = pcapngPacket({ at: 1, iface: 0, bytes: bytesOf(1500) })
  let count = 0
  for (let i = 0; i < 20_000; i++) {
    reader.push(packet)
    while (reader.take()) count++
  }
  t.equal(count, 20_000)
  t.ok(process.memoryUsage().arrayBuffers < 200e6)
})

void t.test('what is no capture is named', async t => {
  const message = (text: string) =>
    readCapture(fromHex(text)).issues.map(issue => `${issue.code}: ${issue.message}`)
  t.strictSame(message('1f8b0800'), ['capture.format: a gzip file: unpack it first (gunzip)'])
  t.strictSame(message('28b52ffd'), ['capture.format: a Zstandard file: unpack it first (unzstd)'])
  t.strictSame(message('736e6f6f700000'), [
    'capture.format: a snoop capture (RFC 1761): convert it first (editcap IN OUT.pcapng)',
  ])
  t.strictSame(message('deadbeef 00'), ['capture.format: neither pcap nor pcapng'])
  t.strictSame(message(''), ['capture.truncated: the file is too short for a capture'])
  t.strictSame(message('0a0d0d0a 0000001c 00000000'), [
    'pcapng.byteOrder: a section without byte order magic',
  ])
  t.strictSame(message('0a0d0d0a 0000001c 1a2b3c4d 0002 0000 ffffffffffffffff 0000001c'), [
    'pcapng.version: version 2 of the format',
  ])
})

void t.test('link layers', async t => {
  const packet = {
    kind: 'ip4' as const,
    source: parseIp4('10.0.0.1')!,
    target: parseIp4('10.0.0.2')!,
    ttl: 64,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    body: { kind: 'udp' as const, sourcePort: 68, targetPort: 67, payload: bytesOf(50) },
  }
  const mac = toMac(0x005056000001)
  const frame = encodeFrame({ target: BROADCAST_MAC, source: mac, packet })
  const ip = frame.subarray(14)
  const ok = (target: number, source: number) => ({
    ok: true,
    value: { target, source, packet },
    issues: [],
  })
  t.strictSame(decodeLink(1, frame), ok(BROADCAST_MAC, mac))
  t.strictSame(decodeLink(101, ip), ok(0, 0))
  t.strictSame(decodeLink(228, ip), ok(0, 0))
  const sll = fromHex('0001 0001 0006 005056000001 0000 0800')
  t.strictSame(decodeLink(113, concat([sll, ip])), ok(BROADCAST_MAC, mac))
  const sll2 = fromHex('0800 0000 00000003 0001 04 06 005056000001 0000')
  t.strictSame(decodeLink(276, concat([sll2, ip])), ok(0, mac))
  t.strictSame(
    decodeLink(276, concat([fromHex('0800 0000 00000001 0304 00 00 0000000000000000'), ip])),
    ok(0, 0),
  )
  t.strictSame(codes(decodeLink(113, sll.subarray(0, 15)).issues), ['link.truncated'])
  t.strictSame(codes(decodeLink(276, sll2.subarray(0, 19)).issues), ['link.truncated'])
  t.strictSame(codes(decodeLink(189, frame).issues), ['link.unsupported'])
  t.strictSame(codes(decodeLink(101, new Uint8Array()).issues), ['ip4.truncated'])
  const ip6 = decodeLink(101, fromHex('60000000'))
  t.equal(ip6.ok && ip6.value.packet.kind === 'other' && ip6.value.packet.etherType, 0x86dd)
})

void t.test('property: any records survive both formats, in any chunks', async () => {
  const record = fc.record({
    at: fc.integer({ min: 0, max: 2e15 }),
    iface: fc.nat(1),
    bytes: fc.uint8Array({ maxLength: 70 }),
  })
  fc.assert(
    fc.property(fc.array(record, { maxLength: 6 }), fc.integer({ min: 1, max: 50 }), (list, size) => {
      const text = (frames: readonly CaptureRecord[]) =>
        frames.map(frame => `${frame.at} ${frame.iface} ${toHex(frame.bytes)}`).join()
      const mixed = list.map(r => ({ ...r, iface: 0 }))
      for (const [file, wanted] of [
        [encodePcapng(two, list), list],
        [encodePcap(list), mixed],
      ] as const) {
        const reader = new CaptureReader()
        const got: CaptureRecord[] = []
        for (let i = 0; i < file.length; i += size) {
          reader.push(file.subarray(i, i + size))
          for (let frame = reader.take(); frame; frame = reader.take()) got.push(frame)
        }
        reader.end()
        if (reader.issues.length > 0 || text(got) !== text(wanted)) return false
      }
      return true
    }),
    { numRuns: 300, seed: 1 },
  )
})

void t.test(`fuzz: ${FUZZ} mutated captures never throw, and end`, async t => {
  const draw = random('capture-fuzz')
  const foreign = concat([
    section(),
    ifaceBlock(1, '0009 0001 09000000 000e 0008 0000000000000064'),
    packetBlock(0, 5n, bytesOf(9)),
    block(3, bytesOf(8)),
  ])
  const seeds = [encodePcapng(two, records), encodePcap(records), foreign]
  let read = 0
  for (let i = 0; i < FUZZ; i++) {
    const seed = seeds[draw.below(seeds.length)]!
    const bytes = seed.slice(0, draw.chance(0.3) ? draw.below(seed.length + 1) : seed.length)
    for (let n = draw.below(5); n > 0 && bytes.length > 0; n--)
      bytes[draw.below(bytes.length)] = draw.below(256)
    const { frames, interfaces, issues } = readCapture(bytes)
    read += frames.length
    for (const frame of frames) {
      decodeLink(frame.linkType, frame.bytes)
      if (!Number.isSafeInteger(frame.at) || frame.iface >= interfaces.length) t.fail(`frame ${toHex(bytes)}`)
    }
    for (const issue of issues)
      if (issue.offset > bytes.length) t.fail(`issue beyond the file ${toHex(bytes)}`)
  }
  t.ok(read > FUZZ, `${read} frames were read`)
})

void t.test(`fuzz: ${FUZZ} mutated link layers never throw`, async t => {
  const draw = random('link-fuzz')
  const types = [1, 101, 113, 228, 276]
  let count = 0
  for (let i = 0; i < FUZZ; i++) {
    const bytes = new Uint8Array(draw.below(80))
    for (let n = 0; n < bytes.length; n++) bytes[n] = draw.chance(0.5) ? 0 : draw.below(256)
    const place = [12, 0, 14, 0, 0][i % 5]!
    if (i % 2 && bytes.length > place + 2) bytes.set([8, 0], place)
    if (decodeLink(types[i % 5]!, bytes).ok) count++
  }
  t.ok(count > FUZZ / 3)
})

t.test('frames stay what they were, however much is read after them', async t => {
  const count = 5_000
  const records = Array.from({ length: count }, (_, i) => ({
    at: i,
    iface: 0,
    bytes: new Uint8Array(100 + (i % 50)).fill(i),
  }))
  const file = encodePcapng([{ name: 'lan', linkType: LINK_TYPE.ethernet }], records)
  const reader = new CaptureReader()
  const frames = []
  let offset = 0
  while (
    reader.pushFrom(1_000, room => {
      const piece = file.subarray(offset, offset + room.length)
      room.set(piece)
      offset += piece.length
      return piece.length
    }) > 0
  )
    for (let frame = reader.take(); frame; frame = reader.take()) frames.push(frame)
  reader.end()
  t.strictSame(reader.issues, [])
  t.equal(frames.length, count)
  const wrong = frames.filter(
    ({ bytes, at }) => bytes.length !== 100 + (at % 50) || bytes.some(b => b !== (at & 255)),
  )
  t.strictSame(wrong, [])
})

t.test('clocks in microseconds and nanoseconds, to the microsecond', async t => {
  const at = 123_456_789_012_345
  const micros = encodePcapng(
    [{ name: '', linkType: LINK_TYPE.ethernet }],
    [{ at, iface: 0, bytes: new Uint8Array(60) }],
  )
  t.equal(readCapture(micros).frames[0]!.at, at)
  // The same in nanoseconds: the resolution is the 6 of if_tsresol, and the time is a 64-bit number.
  const nanos = micros.slice()
  const view = new DataView(nanos.buffer)
  const packet = nanos.length - 32 - 60
  const interfaceBlock = nanos.findIndex((_, i) => i % 4 === 0 && view.getUint32(i, true) === 1)
  const resolution = nanos.findIndex(
    (_, i) => i > interfaceBlock && view.getUint16(i, true) === 9 && view.getUint16(i + 2, true) === 1,
  )
  nanos[resolution + 4] = 9
  const ticks = BigInt(1_577_836_800) * 1_000_000_000n + BigInt(at) * 1000n + 999n
  view.setUint32(packet + 12, Number(ticks >> 32n), true)
  view.setUint32(packet + 16, Number(ticks & 0xffffffffn), true)
  t.equal(readCapture(nanos).frames[0]!.at, at)
})
