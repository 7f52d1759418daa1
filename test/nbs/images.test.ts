/** Boot images: names, confinement, large files, and the programs in boot-images/. */
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { parseIp4 } from '../../src/core/address.ts'
import { latin1Bytes, u16At } from '../../src/core/bytes.ts'
import { MAX_IN_MEMORY_SIZE, loadImages } from '../../src/nbs/image-directory.ts'
import type { ImageStore } from '../../src/nbs/images.ts'
import { memoryImages, withoutImages } from '../../src/nbs/images.ts'
import { stampFieldOf, stampOf } from '../../src/wire/pxe/stamp.ts'
import { netasciiFile } from '../../src/protocol/tftp/netascii.ts'
import { DataPackets } from '../../src/protocol/tftp/data-packets.ts'
import { TftpService } from '../../src/protocol/tftp/service.ts'
import { decodeTftp, encodeAck, encodeTftp } from '../../src/wire/tftp/codec.ts'

const BOOT_IMAGES = 'boot-images'

const opened = (store: ImageStore, path: string): string => {
  const file = store.open(path)
  return 'code' in file
    ? `${file.code} ${file.message}`
    : Buffer.from(file.read(0, file.size)).toString('latin1')
}

t.test('images in memory: any case, both slashes, nothing else', async t => {
  const store = memoryImages({
    'BStrap/x64/BStrap.efi': latin1Bytes('X64'),
    'Images\\PE\\b.0': latin1Bytes('PE'),
    constructor: latin1Bytes('c'),
  })
  t.same(store.list(), ['BStrap/x64/BStrap.efi', 'Images/PE/b.0', 'constructor'])
  t.equal(opened(store, '\\bstrap\\X64\\bstrap.EFI'), 'X64')
  t.equal(opened(store, '/images/pe/B.0'), 'PE')
  t.equal(opened(store, 'constructor'), 'c')
  t.equal(opened(store, 'toString'), '1 file not found')
  t.equal(opened(store, 'images'), '2 is a directory')
  t.equal(opened(store, '../BStrap/x64/BStrap.efi'), '2 parent directory in the name')
  t.throws(() => memoryImages({ '../x': latin1Bytes('') }), {
    message: 'image ../x: parent directory in the name',
  })
})

t.test('a store without some images', async t => {
  const files = [
    'BStrap/x64/BStrap.efi',
    'BStrap/x86/BStrap.0',
    'Images/WinPE/x64/WinPE.efi',
    'Images/WinPE2/a',
  ]
  const store = memoryImages(Object.fromEntries(files.map(name => [name, latin1Bytes(name)])))
  const left = (...patterns: string[]) => withoutImages(store, patterns).list()
  t.same(left('Images/WinPE'), [files[0], files[1], files[3]], 'a directory, but not its sibling')
  t.same(left('*.efi'), [files[1], files[3]])
  t.same(left('\\BSTRAP\\*'), [files[2], files[3]])
  t.same(left('*x64*'), [files[1], files[3]])
  t.same(left('bstrap/x86/bstrap.0', 'Images/W*2'), [files[0], files[2]])
  t.same(left('a*a', ''), files)
  t.equal(opened(withoutImages(store, ['*.efi']), files[0]!), '1 file not found')
  t.equal(opened(withoutImages(store, ['*.efi']), files[1]!), files[1])
})

t.test('B.4 #10, #23 a directory tree: links, pipes, siblings, names nobody can ask for', async t => {
  const base = t.testdir({
    root: {
      BStrap: { 'Boot.efi': 'EFI' },
      'aux.txt': 'device',
      'CASE.txt': 'upper',
      'case.txt': 'lower',
      'b\u00fcro.txt': 'umlaut',
    },
    'root-private': { secret: 'SECRET' },
  })
  const root = join(base, 'root')
  symlinkSync('BStrap/Boot.efi', join(root, 'inside.efi'))
  symlinkSync('../root-private/secret', join(root, 'sibling'))
  symlinkSync('sibling', join(root, 'chain'))
  symlinkSync('../root-private', join(root, 'folder'))
  symlinkSync('/etc', join(root, 'etc'))
  symlinkSync('nowhere', join(root, 'dangling'))
  symlinkSync('..', join(root, 'BStrap', 'loop'))
  symlinkSync('BStrap', join(root, 'twin'))
  execFileSync('mkfifo', [join(root, 'fifo')])
  const store = loadImages(root)
  t.teardown(() => store.close())

  t.same(store.list(), ['BStrap/Boot.efi', 'CASE.txt', 'b\u00fcro.txt', 'inside.efi', 'twin/Boot.efi'])
  t.equal(opened(store, '\\bstrap\\BOOT.EFI'), 'EFI')
  t.equal(opened(store, 'inside.efi'), 'EFI')
  t.equal(opened(store, 'case.txt'), 'upper')
  t.equal(opened(store, Buffer.from('B\u00dcRO.txt').toString('latin1')), 'umlaut', 'as UTF-8')
  for (const name of ['sibling', 'chain', 'folder', 'etc'])
    t.equal(opened(store, name), '2 leads out of the images', name)
  t.equal(opened(store, 'folder/secret'), '1 file not found')
  t.equal(opened(store, 'bstrap/loop'), '2 leads back to its own parent')
  t.equal(opened(store, 'fifo'), '2 is not a file')
  t.equal(opened(store, 'dangling'), '2 cannot be read (ENOENT)')
  t.equal(opened(store, 'aux.txt'), '2 name of a device')
  t.match(store.refused, [
    { name: 'BStrap/loop' },
    { name: 'aux.txt', reason: 'name of a device' },
    { name: 'case.txt', reason: 'differs from another name in case only' },
    ...['chain', 'dangling', 'etc', 'fifo', 'folder', 'sibling', 'twin/loop'].map(name => ({ name })),
  ])
  t.throws(() => loadImages(join(base, 'nothing')), { code: 'ENOENT' })
  t.throws(() => loadImages(join(root, 'CASE.txt')), /is not a directory/)
})

t.test('a large file is read while it is sent', async t => {
  const root = t.testdir({})
  const bytes = Buffer.alloc(MAX_IN_MEMORY_SIZE + 100_000)
  for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32BE(i, i)
  mkdirSync(join(root, 'Images'))
  const path = join(root, 'Images', 'boot.wim')
  writeFileSync(path, bytes)
  const store = loadImages(root)
  const file = store.open('images/boot.wim')
  if ('code' in file) throw new Error(file.message)
  t.equal(file.size, bytes.length)
  let wrong = 0
  const expect = (offset: number, length: number) => {
    if (!Buffer.from(file.read(offset, length)).equals(bytes.subarray(offset, offset + length))) wrong++
  }
  for (let offset = 0; offset < bytes.length; offset += 1_468)
    expect(offset, Math.min(1_468, bytes.length - offset))
  for (const offset of [0, 900_000, 5, 262_143, 262_144, bytes.length - 7]) expect(offset, 7)
  for (let offset = 600_000; offset > 0; offset -= 65_464) expect(offset, 65_464)
  t.equal(wrong, 0)
  t.equal(netasciiFile(file), undefined, 'in netascii it would be read as a whole')
  t.equal(file.read(bytes.length, 10).length, 0)

  truncateSync(path, 1_000)
  t.equal(file.read(800_000, 512).length, 0, 'cut short: fewer bytes, no throw')
  store.close()
  t.equal(file.read(0, 512).length, 0, 'closed: fewer bytes, no throw')
  store.close()
})

t.test('a file of more than 4 GiB is streamed: its size is told, and what lies beyond is read', async t => {
  const root = mkdtempSync(join(tmpdir(), 'nbs-large-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const size = 5 * 2 ** 30 + 3
  const path = join(root, 'install.wim')
  const far = 4 * 2 ** 30 + 10
  // Sparse: it takes no room on the disk.
  const writing = openSync(path, 'w')
  ftruncateSync(writing, size)
  writeSync(writing, 'start', 0)
  writeSync(writing, 'beyond', far)
  writeSync(writing, 'end', size - 3)
  closeSync(writing)
  const before = process.memoryUsage.rss()
  const store = loadImages(root)
  t.teardown(() => store.close())

  const file = store.open('install.wim')
  if ('code' in file) throw new Error(file.message)
  t.equal(file.size, size)
  t.equal(Buffer.from(file.read(far, 6)).toString(), 'beyond')
  t.equal(Buffer.from(file.read(size - 3, 512)).toString(), 'end', 'the last block is short')
  const client = { ip: parseIp4('10.0.0.9')!, port: 2_070 }
  const service = new TftpService({ files: store })
  const packets = (actions: ReturnType<TftpService['receive']>) =>
    actions.flatMap(action => (action.type === 'send' ? [decodeTftp(action.payload)] : []))
  const target = { ip: parseIp4('10.0.0.1')!, port: 69 }
  const options = [['tsize', '0'], ['blksize', '32000'], ['windowsize', '2']] as const // prettier-ignore
  const request = encodeTftp({ kind: 'rrq', file: 'install.wim', mode: 'octet', options })
  t.match(
    packets(service.receive(0, 'requests', { iface: 'lan', source: client, target, payload: request })),
    [
      { value: { kind: 'oack', options: [['tsize', String(size)], ['blksize', '32000'], ['windowsize', '2']] } }, // prettier-ignore
    ],
  )
  const acknowledge = (block: number) =>
    packets(service.receive(1, 't1', { iface: 'lan', source: client, target, payload: encodeAck(block) }))
  t.match(acknowledge(0), [{ value: { kind: 'data', block: 1 } }, { value: { kind: 'data', block: 2 } }])
  const packet = new DataPackets(0).of(file, 65_464, 1).packet(Math.floor(far / 65_464))
  t.match(Buffer.from(packet ?? []).indexOf('beyond'), 4 + (far % 65_464), 'a block beyond 4 GiB')
  t.ok(process.memoryUsage.rss() - before < 64 * 2 ** 20, 'and not read as a whole')
})

t.test(
  'the programs in boot-images are for the right machine, name themselves, and are not stamped',
  async t => {
    const { PROGRAMS } = (await import(pathToFileURL('boot-images/make.mjs').href)) as {
      PROGRAMS: readonly { readonly name: string; readonly size: number }[]
    }
    t.same(
      PROGRAMS.map(({ name }) => name).sort(),
      loadImages(BOOT_IMAGES)
        .list()
        .filter(name => /\.(efi|0)$/.test(name)),
    )
    t.match(
      PROGRAMS,
      [{}, {}, { name: 'BStrap/x64/BStrap.efi', size: 40_960 }],
      'the size of the design’s example',
    )
    const MACHINES: Record<string, number> = { x86: 0x4c01, x64: 0x6486, arm64: 0x64aa }
    for (const { name, size } of PROGRAMS) {
      const bytes = new Uint8Array(readFileSync(join(BOOT_IMAGES, name)))
      t.equal(bytes.length, size)
      t.ok(Buffer.from(bytes).includes(`${name.slice(-20).padEnd(20)} @`), `${name} names itself`)
      t.equal(stampFieldOf(bytes)?.length, 502, 'has a field for the stamp')
      t.equal(stampOf(bytes), undefined, 'and nobody has written into it')
      if (name.endsWith('.0')) {
        t.equal(bytes[0], 0xea, 'begins with a far jump')
        continue
      }
      const view = new DataView(bytes.buffer)
      const header = view.getUint32(0x3c, true)
      t.equal(u16At(bytes, 0), 0x4d5a, 'MZ')
      t.equal(view.getUint32(header, false), 0x50450000, 'PE')
      t.equal(u16At(bytes, header + 4), MACHINES[name.split('/').at(-2)!], name)
      t.equal(view.getUint16(header + 24 + 68, true), 10, 'an EFI application')
      const sections = view.getUint16(header + 6, true)
      const table = header + 24 + view.getUint16(header + 20, true)
      for (let i = 0, end = 0x400; i < sections; i++) {
        t.equal(view.getUint32(table + 40 * i + 20, true), end, 'sections follow each other')
        end += view.getUint32(table + 40 * i + 16, true)
        if (i === sections - 1) t.equal(end, bytes.length, 'to the end of the file')
      }
    }
  },
)
