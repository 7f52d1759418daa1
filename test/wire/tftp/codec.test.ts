/** TFTP packets: vectors from the RFCs, malformed input, the npm package as an independent codec, fuzz. */
import fc from 'fast-check'
import { createRequire } from 'node:module'
import t from 'tap'
import { fromHex, latin1Bytes, toHex } from '../../../src/core/bytes.ts'
import {
  MAX_ERROR_TEXT_LENGTH,
  MAX_FILE_NAME_LENGTH,
  MAX_OPTIONS,
  decodeTftp,
  encodeAck,
  encodeData,
  encodeTftp,
} from '../../../src/wire/tftp/codec.ts'
import type { TftpOptions, TftpPacket } from '../../../src/wire/tftp/packet.ts'
import { FUZZ } from '../../effort.ts'

const bytes = (text: string): Uint8Array => latin1Bytes(text)
const decode = (packet: Uint8Array): TftpPacket => {
  const result = decodeTftp(packet)
  if (!result.ok) throw new Error(result.issues[0].code)
  return result.value
}
const codes = (packet: Uint8Array): string[] => decodeTftp(packet).issues.map(issue => issue.code)
const plain = (packet: TftpPacket) =>
  packet.kind === 'data' ? { ...packet, bytes: toHex(packet.bytes) } : packet

const VECTORS: readonly [string, TftpPacket][] = [
  ['0001 612e65666900 6f6374657400', { kind: 'rrq', file: 'a.efi', mode: 'octet', options: [] }],
  ['0002 6100 6e6574617363696900', { kind: 'wrq', file: 'a', mode: 'netascii', options: [] }],
  [
    '0001 6100 6f6374657400 7473697a6500 3000 426c6b53697a6500 3134363800',
    { kind: 'rrq', file: 'a', mode: 'octet', options: [['tsize', '0'], ['BlkSize', '1468']] }, // prettier-ignore
  ],
  ['0003 ffff 010203', { kind: 'data', block: 65535, bytes: fromHex('010203') }],
  ['0003 0002', { kind: 'data', block: 2, bytes: fromHex('') }],
  ['0004 0100', { kind: 'ack', block: 256 }],
  ['0005 0001 4e6f00', { kind: 'error', code: 1, message: 'No' }],
  ['0005 0000 00', { kind: 'error', code: 0, message: '' }],
  ['0006 77696e646f7773697a6500 3400', { kind: 'oack', options: [['windowsize', '4']] }],
  ['0006', { kind: 'oack', options: [] }],
]

t.test('vectors in both directions', async t => {
  for (const [hex, packet] of VECTORS) {
    t.same(plain(decode(fromHex(hex))), plain(packet), hex)
    t.same(codes(fromHex(hex)), [], `${hex} is without fault`)
    t.equal(toHex(encodeTftp(packet)), hex.replaceAll(' ', ''))
  }
  t.equal(toHex(encodeData(65537, fromHex('aa'))), '00030001aa', 'only the low 16 bits of a count travel')
  t.equal(toHex(encodeAck(65536)), '00040000')
})

t.test('DATA is a view, not a copy', async t => {
  const packet = fromHex('0003 0001 aabb')
  const value = decode(packet)
  t.equal(value.kind === 'data' && value.bytes.buffer, packet.buffer)
})

t.test('B.4 #11 long or unterminated file name, mode, option; odd option count; long request', async t => {
  const RRQ = '\0\x01'
  t.same(codes(bytes(`${RRQ}boot`)), ['tftp.file.unterminated'])
  t.same(codes(bytes(`${RRQ}${'a'.repeat(MAX_FILE_NAME_LENGTH + 1)}\0octet\0`)), ['tftp.file.long'])
  t.equal(decodeTftp(bytes(`${RRQ}${'a'.repeat(MAX_FILE_NAME_LENGTH + 1)}\0octet\0`)).ok, false)
  t.same(codes(bytes(`${RRQ}\0octet\0`)), ['tftp.file.empty'])

  const cut = bytes(`${RRQ}a\0octet`)
  t.same(codes(cut), ['tftp.mode.unterminated'])
  t.match(decode(cut), { file: 'a', mode: 'octet' }, 'and is read all the same')
  t.same(codes(bytes(`${RRQ}a\0${'m'.repeat(33)}\0`)), ['tftp.mode.long'])

  const odd = bytes(`${RRQ}a\0octet\0blksize\x001468\0tsize\0`)
  t.same(codes(odd), ['tftp.option.incomplete'])
  t.match(decode(odd), { options: [['blksize', '1468']] })
  t.same(codes(bytes(`${RRQ}a\0octet\0tsize\x000`)), ['tftp.option.unterminated'])
  t.same(codes(bytes(`${RRQ}a\0octet\0\x001\0x\x002\0`)), ['tftp.option.nameless'])
  const long = bytes(`${RRQ}a\0octet\0${'n'.repeat(65)}\x001\0x\x002\0`)
  t.same(codes(long), ['tftp.option.long'])
  t.match(decode(long), { options: [['x', '2']] }, 'the next option is still found')

  const many = bytes(`${RRQ}a\0octet\0${'x\x001\0'.repeat(MAX_OPTIONS + 1)}`)
  t.same(codes(many), ['tftp.options.many'])
  const request = bytes(`${RRQ}${'a'.repeat(400)}\0octet\0x\0${'1'.repeat(200)}\0`)
  t.same(codes(request), ['tftp.request.long'], 'more than 512 bytes: an issue, not a refusal')
  t.equal(decodeTftp(request).ok, true)
})

t.test('B.4 #12 oversized ERROR text; what follows the text is not shown', async t => {
  const leak = bytes('\0\x05\0\x01gone\0secret of another packet')
  t.same(decode(leak), { kind: 'error', code: 1, message: 'gone' })
  t.same(codes(leak), ['tftp.trailing'])
  const long = bytes(`\0\x05\0\x01${'e'.repeat(2_000)}`)
  t.same(codes(long), ['tftp.error.unterminated', 'tftp.error.long'])
  const value = decode(long)
  t.equal(value.kind === 'error' && value.message.length, MAX_ERROR_TEXT_LENGTH)
  t.equal(
    encodeTftp({ kind: 'error', code: 0, message: 'e'.repeat(2_000) }).length,
    5 + MAX_ERROR_TEXT_LENGTH,
  )
  t.equal(
    toHex(encodeTftp({ kind: 'error', code: 2, message: 'a\0b' })),
    '000500026100',
    'a NUL ends the text',
  )
})

t.test('what is no packet', async t => {
  for (const [hex, code] of [
    ['', 'tftp.truncated'],
    ['00', 'tftp.truncated'], // npm tftp dies of it: docs/npm-tftp.md, #1
    ['0003 00', 'tftp.truncated'],
    ['0004 00', 'tftp.truncated'],
    ['0005 00', 'tftp.truncated'],
    ['0000 0001', 'tftp.opcode'],
    ['0007 0001', 'tftp.opcode'],
  ] as const) {
    t.same(codes(fromHex(hex)), [code], hex)
    t.equal(decodeTftp(fromHex(hex)).ok, false)
  }
  t.same(codes(fromHex('0004 0001 00')), ['tftp.trailing'])
})

const name = fc.string({ minLength: 1, maxLength: 20 }).filter(text => /^[\x20-\x7e]+$/.test(text))
const options = fc.array(fc.tuple(name, name), { maxLength: 6 })
const someBytes = fc.uint8Array({ maxLength: 600 })
const u16 = fc.nat(65_535)
const anyPacket: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc.record({ kind: fc.constantFrom('rrq' as const, 'wrq' as const), file: name, mode: name, options }),
  fc.record({ kind: fc.constant('data' as const), block: u16, bytes: someBytes }),
  fc.record({ kind: fc.constant('ack' as const), block: u16 }),
  fc.record({ kind: fc.constant('error' as const), code: u16, message: name }),
  fc.record({ kind: fc.constant('oack' as const), options }),
)

t.test('what is encoded is decoded', async () => {
  fc.assert(
    fc.property(anyPacket, packet => {
      const result = decodeTftp(encodeTftp(packet))
      return (
        result.ok &&
        JSON.stringify(plain(result.value)) === JSON.stringify(plain(packet)) &&
        result.issues.length === 0
      )
    }),
    { seed: 1, numRuns: 500 },
  )
})

t.test('the npm package reads what we write, and we what it writes', async t => {
  interface Codec {
    serialize(...values: unknown[]): Buffer
    deserialize(buffer: Buffer, blockSize?: number): Record<string, unknown>
  }
  const npm = createRequire(import.meta.url)('tftp/lib/protocol/packets') as Record<string, Codec>
  const known: TftpOptions = [['blksize', '1468'], ['tsize', '0'], ['windowsize', '4'], ['other', 'x']] // prettier-ignore

  const request = npm['rrq']!.deserialize(
    Buffer.from(encodeTftp({ kind: 'rrq', file: 'BStrap/x64/BStrap.efi', mode: 'octet', options: known })),
  )
  t.match(request, {
    file: 'BStrap/x64/BStrap.efi',
    extensions: { blksize: 1468, tsize: 0, windowsize: 4 },
    userExtensions: { other: 'x' },
  })
  t.same(
    npm['oack']!.deserialize(Buffer.from(encodeTftp({ kind: 'oack', options: known }))),
    Object.fromEntries(known),
  )
  t.same(npm['ack']!.deserialize(Buffer.from(encodeAck(65_535))), { block: 65_535 })
  t.same(npm['data']!.deserialize(Buffer.from(encodeData(7, fromHex('0102'))), 512), {
    block: 7,
    data: Buffer.of(1, 2),
  })
  t.same(npm['error']!.deserialize(Buffer.from(encodeTftp({ kind: 'error', code: 5, message: 'tid' }))), {
    code: 5,
    message: 'tid',
  })

  t.same(decode(npm['oack']!.serialize(Object.fromEntries(known))), { kind: 'oack', options: known })
  t.same(decode(npm['ack']!.serialize(300)), { kind: 'ack', block: 300 })
  t.same(decode(npm['error']!.serialize({ code: 1, message: 'none' })), {
    kind: 'error',
    code: 1,
    message: 'none',
  })
  t.same(plain(decode(npm['data']!.serialize(9, Buffer.of(1, 2)))), { kind: 'data', block: 9, bytes: '0102' })
  t.same(decode(npm['rrq']!.serialize('a.0')), { kind: 'rrq', file: 'a.0', mode: 'octet', options: [] })
})

t.test(`${FUZZ} mutated packets: never a throw, and nothing longer than its limit`, async () => {
  const seeds = VECTORS.map(([hex]) => fromHex(hex))
  fc.assert(
    fc.property(
      fc.nat(seeds.length - 1),
      fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 8 }),
      fc.nat(600),
      (at, changes, length) => {
        const packet = new Uint8Array(length)
        packet.set(seeds[at]!.subarray(0, length))
        for (const [offset, value] of changes) if (offset < length) packet[offset] = value
        const result = decodeTftp(packet)
        if (!result.ok) return result.issues.length === 1
        encodeTftp(result.value)
        return result.value.kind !== 'rrq' || result.value.file.length <= MAX_FILE_NAME_LENGTH
      },
    ),
    { seed: 2, numRuns: FUZZ },
  )
})
