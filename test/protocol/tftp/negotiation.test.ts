/** Options, names and line ends: the rules that need no packets. */
import fc from 'fast-check'
import t from 'tap'
import { latin1Bytes } from '../../../src/core/bytes.ts'
import { fromNetascii, netasciiFile, toNetascii } from '../../../src/protocol/tftp/netascii.ts'
import type { NegotiationPolicy } from '../../../src/protocol/tftp/negotiation.ts'
import { negotiate } from '../../../src/protocol/tftp/negotiation.ts'
import { readOack } from '../../../src/protocol/tftp/oack.ts'
import { requestPath } from '../../../src/protocol/tftp/request-path.ts'
import { memoryFile } from '../../../src/nbs/images.ts'
import type { TftpOptions } from '../../../src/wire/tftp/packet.ts'

const policy: NegotiationPolicy = {
  maxBlockSize: 65_464,
  maxWindowSize: 65_535,
  maxWindowBytes: 2 ** 32,
  refuse: [],
}
const oack = (
  options: TftpOptions,
  changes: Partial<NegotiationPolicy> = {},
  size: number | undefined = 1000,
) =>
  negotiate(options, size, { ...policy, ...changes })
    .accepted.map(([name, value]) => `${name}=${value}`)
    .join(' ')

t.test('B.4 #13 block sizes: accepted, lowered, or declined by leaving them out', async t => {
  for (const value of ['8', '512', '1468', '65464', '01468'])
    t.equal(oack([['blksize', value]]), `blksize=${Number(value)}`)
  for (const value of [
    '0',
    '7',
    '65465',
    '-1',
    '-512',
    '1e9',
    '512x',
    ' 512',
    '512 ',
    '+512',
    '5.12',
    '0x200',
    '',
    '9'.repeat(400),
  ])
    t.equal(oack([['blksize', value]]), '', JSON.stringify(value))
  t.equal(oack([['blksize', '65464']], { maxBlockSize: 1428 }), 'blksize=1428')
  t.equal(oack([['blksize', '512']], { maxBlockSize: 1428 }), 'blksize=512', 'never raised')
  t.equal(negotiate([['blksize', '7']], 0, policy).blockSize, 512)
})

t.test('B.4 #14 timeout in seconds, 1 to 255; utimeout is not known', async t => {
  t.equal(oack([['timeout', '1']]), 'timeout=1')
  t.equal(oack([['timeout', '255']]), 'timeout=255')
  for (const value of ['0', '256', '3000']) t.equal(oack([['timeout', value]]), '', value)
  t.equal(oack([['utimeout', '100000']]), '')
  t.equal(negotiate([['timeout', '5']], 0, policy).timeoutSeconds, 5)
})

t.test('B.4 #15 window sizes: clamped, never raised', async t => {
  t.equal(oack([['windowsize', '65535']]), 'windowsize=65535')
  t.equal(oack([['windowsize', '65535']], { maxWindowSize: 64 }), 'windowsize=64')
  t.equal(oack([['windowsize', '1']], { maxWindowSize: 64 }), 'windowsize=1')
  for (const value of ['0', '65536', '-4']) t.equal(oack([['windowsize', value]]), '', value)
  const late: TftpOptions = [['windowsize', '64'], ['blksize', '65464']] // prettier-ignore
  t.equal(oack(late, { maxWindowBytes: 1_000_000 }), 'windowsize=15 blksize=65464', 'by bytes, in any order')
  t.equal(oack(late, { maxWindowBytes: 0 }), 'windowsize=1 blksize=65464', 'one block must be possible')
})

t.test('tsize is told in octet only; B.4 #16 unknown options; B.4 #17 refused options', async t => {
  t.equal(oack([['tsize', '0']]), 'tsize=1000')
  t.equal(negotiate([['tsize', '0']], undefined, policy).tellsSize, false, 'B.4 #7 not offered in netascii')
  t.equal(oack([['tsize', 'x']]), '')
  t.equal(oack([['multicast', ''], ['rollover', '0'], ['BLKSIZE', '1024'], ['constructor', '1']]), 'BLKSIZE=1024') // prettier-ignore
  t.equal(oack([['blksize', '1024'], ['TSIZE', '0']], { refuse: ['blksize'] }), 'TSIZE=1000') // prettier-ignore
  t.equal(oack([['blksize', '1024'], ['blksize', '2048']]), 'blksize=1024', 'of several the first counts') // prettier-ignore
  t.equal(oack([]), '')
})

t.test('B.4 #15 an OACK as its receiver reads it', async t => {
  const asked: TftpOptions = [['tsize', '0'], ['blksize', '1468'], ['windowsize', '4']] // prettier-ignore
  t.same(readOack([['TSIZE', '77'], ['BLKSIZE', '1468'], ['windowsize', '2']], asked), { blockSize: 1468, windowSize: 2, size: 77, faults: [] }) // prettier-ignore
  t.same(readOack([], asked), { blockSize: 512, windowSize: 1, size: undefined, faults: [] })
  const kinds = (options: TftpOptions) => readOack(options, asked).faults.map(fault => fault.kind)
  t.same(kinds([['blksize', '1469']]), ['raised'])
  t.same(kinds([['windowsize', '5']]), ['raised'])
  t.same(kinds([['timeout', '4']]), ['unasked'])
  for (const value of ['0', '65465', 'x', '-1'])
    t.same(kinds([['blksize', value]]), ['value'], 'iPXE divided by it')
  t.same(kinds([['tsize', 'big']]), ['value'])
})

t.test('B.4 #10 request paths: one file, many spellings', async t => {
  for (const raw of [
    'BStrap/x64/BStrap.efi',
    '\\BStrap\\x64\\BStrap.efi',
    '/bstrap\\X64/BSTRAP.EFI',
    '///BStrap//x64/./BStrap.efi',
    './BStrap/x64/BStrap.efi',
  ])
    t.match(requestPath(raw), { ok: true, key: 'bstrap/x64/bstrap.efi' }, raw)
  t.match(requestPath('b\u00fcro.0'), { key: 'b\u00fcro.0' }, 'Latin-1')
  t.match(requestPath('B\u00c3\u00bcro.0'), { key: 'b\u00fcro.0' }, 'UTF-8')
  t.match(requestPath('bu\u00cc\u0088ro.0'), { key: 'b\u00fcro.0' }, 'UTF-8, decomposed')
  t.match(requestPath('constructor'), { ok: true, key: 'constructor' })
  for (const raw of ['my boot%20s0', '100%', '50%zz', 'a%28b%29'])
    t.match(requestPath(raw), { ok: true, path: raw }, `a percent sign is a letter: ${raw}`)
})

const REFUSED: Record<string, readonly string[]> = {
  'out of the root': ['..', '../x', 'a/../b', '..\\x', 'a\\..\\..\\etc', '/../../etc/passwd', 'a/..'],
  'dots and spaces Windows drops': ['....', '.../x', 'a./b', 'a /b', '.. /b'],
  'drives and streams': ['C:\\boot.ini', 'c:/x', 'file.efi::$DATA', 'tftp://10.0.0.1/x'],
  encoded: [
    '%2e%2e/x',
    'a%00b',
    'a%2Fb',
    'a%252fb',
    'c%3a',
    'a%c0%af',
    'a%7f',
    '%5c%5chost',
    '\u00c0\u00ae\u00c0\u00ae/x\u00e2\u0080\u00ae',
    'a\u00e2\u0080\u008bb',
  ],
  'control characters': ['a\0b', 'a\nb', 'a\x7fb', 'a\x85b'],
  devices: ['CON', 'con.efi', 'a/AUX/b', 'nul .txt', 'COM1', 'lpt\u00b9.x', 'PRN.tar.gz', 'CLOCK$'],
  'no file': ['', '/', 'a/', 'a\\', '.'],
  'too long': ['x'.repeat(513), 'a/'.repeat(32) + 'b'],
}

t.test('B.4 #10, #23 request paths that are refused', async t => {
  for (const [why, paths] of Object.entries(REFUSED))
    for (const raw of paths) t.equal(requestPath(raw).ok, false, `${why}: ${JSON.stringify(raw)}`)
  t.match(requestPath('\u00c0\u00af'), { key: '\u00e0\u00af' }, 'an overlong slash is two letters')
  t.match(requestPath('console.efi'), { ok: true })
  t.match(requestPath('100%.txt'), { ok: true })
})

t.test('request paths: never a throw, and a key is a fixed point', async () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', ' ', '%', ':', '\u00c3') }),
      ),
      raw => {
        const path = requestPath(raw)
        if (!path.ok) return true
        return (
          !path.key.split('/').some(part => part === '' || part === '.' || part === '..') &&
          !path.key.startsWith('/')
        )
      },
    ),
    { seed: 3, numRuns: 2_000 },
  )
})

t.test('B.4 #7 netascii: line ends, lone CR, and back', async t => {
  const pairs = [['a\nb', 'a\r\nb'], ['a\r\nb', 'a\r\nb'], ['a\rb', 'a\r\0b'], ['\r', '\r\0'], ['\n', '\r\n'], ['', ''], ['\r\r\n', '\r\0\r\n'], ['x\0y', 'x\0y']] as const // prettier-ignore
  for (const [text, sent] of pairs)
    t.equal(Buffer.from(toNetascii(latin1Bytes(text))).toString('latin1'), sent, JSON.stringify(text))
  t.equal(Buffer.from(fromNetascii(latin1Bytes('a\r\nb\r\0c\rd\r'))).toString('latin1'), 'a\nb\rc\rd\r')
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\r', '\n', '\0', 'x') }), text => {
      const unix = text.replaceAll(/\r+\n/g, '\n')
      return Buffer.from(fromNetascii(toNetascii(latin1Bytes(unix)))).toString('latin1') === unix
    }),
    { seed: 4 },
  )
  t.equal(netasciiFile({ name: 'big', size: 2 ** 30, read: () => new Uint8Array(0) }), undefined, 'bounded')
  t.equal(netasciiFile(memoryFile('a', latin1Bytes('a\nb\n')))?.size, 6)
})
