/**
 * `nbs serve` when things go wrong, as the program it is: killed in the middle of a boot, a full disk under its log and
 * its records, images that vanish, shrink or may not be read, no right to the ports. It says what is wrong and goes on.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { parseIp4, toMac } from '../../src/core/address.ts'
import { encodeAck, encodeTftp } from '../../src/wire/tftp/codec.ts'
import { requireProgram, requireRoot } from '../lab.ts'
import { select } from '../protocol/bsdp/macs.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { HOST, fetchForReal } from '../protocol/tftp/real.ts'
import { PATIENCE_MILLIS, until } from '../patience.ts'
import { NBS, PORT_OFFSET, ask, startProgram, stopped } from './serve-lab.ts'

const X64 = 'BStrap/x64/BStrap.efi'
const LARGE = 'Images/WinPE/boot.wim'
const port = 69 + PORT_OFFSET
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const serve = ['serve', '--loopback', '--port-offset', String(PORT_OFFSET)]
/** Without any of root's rights, whoever runs this. */
const POWERLESS = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs']

const imagesIn = (folder: string): string => {
  const images = join(folder, 'images')
  for (const [name, content] of Object.entries({
    [X64]: readFileSync(`boot-images/${X64}`),
    [LARGE]: Buffer.alloc(4 * 1024 * 1024, 'wim'),
  })) {
    mkdirSync(dirname(join(images, name)), { recursive: true })
    writeFileSync(join(images, name), content)
  }
  return images
}

/** A transfer that its client leaves alone after the first block, until told to go on. */
const haltedTransfer = async (file: string) => {
  const socket = createSocket('udp4')
  socket.send(encodeTftp({ kind: 'rrq', file, mode: 'octet', options: [] }), port, HOST)
  const [, { port: tid }] = (await once(socket, 'message')) as [Buffer, { port: number }]
  return {
    next: async (block: number): Promise<Buffer> => {
      socket.send(encodeAck(block), tid, HOST)
      const [packet] = (await once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MILLIS) })) as [
        Buffer,
      ]
      return packet
    },
    close: () => socket.close(),
  }
}

t.test('killed in the middle of a boot: the next try boots', async t => {
  const images = imagesIn(t.testdir({}))
  const machine = { mac: toMac(0x005056000001), arch: 7 }
  for (let kill = 0; kill < 3; kill++) {
    const { child } = await startProgram(t, [...NBS, ...serve, '--images', images])
    const offer = await ask(machine)
    t.equal(offer?.file, X64, `offered, kill ${kill}`)
    const transfer = await haltedTransfer(X64)
    await transfer.next(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    transfer.close()
  }
  const { child, lines } = await startProgram(t, [...NBS, ...serve, '--images', images])
  t.equal((await ask(machine))?.file, X64)
  t.equal(sha(await fetchForReal({ port, file: X64 })), sha(readFileSync(`boot-images/${X64}`)))
  t.ok(await until(() => lines.some(line => line.includes('boot booted'))))
  await stopped(child)
})

t.test('nowhere to write its log: it serves, and ends when told', async t => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const { child } = await startProgram(t, [...NBS, ...serve], full)
  const answered = async (): Promise<boolean> => (await ask({ arch: 7 }, { waitMillis: 500 })) !== undefined
  let isUp = false
  for (let turn = 0; turn < PATIENCE_MILLIS / 500 && !isUp; turn++) isUp = await answered()
  t.ok(isUp, 'it answers')
  t.equal((await fetchForReal({ port, file: X64 })).length, 40_960)
  child.kill('SIGTERM')
  t.strictSame(await once(child, 'exit'), [0, null])
})

t.test('a reader of its log that does not read: it serves, and ends when told', async t => {
  const { child, lines } = await startProgram(t, [...NBS, ...serve])
  child.stderr?.pause()
  // More lines than a pipe holds.
  for (let n = 0; n < 1_200; n++)
    await fetchForReal({ port, file: `${'long-name-'.repeat(30)}${n}` }).catch(() => {})
  t.equal((await fetchForReal({ port, file: X64 })).length, 40_960)
  child.kill('SIGTERM')
  await until(() => child.exitCode !== null)
  t.equal(child.exitCode, 0)
  t.ok(lines.length < 1_200)
})

t.test('images that vanish, shrink, or may not be read', async t => {
  if (!requireProgram(t, 'setpriv') || !requireRoot(t)) return
  const images = imagesIn(t.testdir({}))
  const locked = join(images, 'locked.efi')
  writeFileSync(locked, 'secret')
  chmodSync(locked, 0)
  const { child, lines } = await startProgram(t, [...POWERLESS, ...NBS, ...serve, '--images', images])
  t.ok(await until(() => lines.some(line => line.includes('image locked.efi is not served: cannot be read (EACCES)')))) // prettier-ignore
  await t.rejects(
    fetchForReal({ port, file: 'locked.efi' }),
    /"code":2,"message":"cannot be read \(EACCES\)"/,
  )
  t.ok(await until(() => lines.some(line => line.includes('refused locked.efi to 127.0.0.1'))))

  const shrinking = await haltedTransfer(LARGE)
  t.equal((await shrinking.next(1)).length, 516)
  truncateSync(join(images, LARGE), 100)
  let packet: Buffer = Buffer.alloc(0)
  for (let block = 2; block < 600 && packet[1] !== 5; block++) packet = await shrinking.next(block)
  t.equal(packet.toString('latin1', 1, 4), '\x05\0\0', 'an ERROR 0')
  t.match(packet.toString('latin1', 4), 'file can no longer be read')
  t.ok(await until(() => lines.some(line => /boot\.wim to 127\.0\.0\.1:\d+ failed after \d+ bytes: unreadable/.test(line)))) // prettier-ignore
  shrinking.close()

  rmSync(join(images, X64))
  child.kill('SIGHUP')
  t.ok(await until(() => lines.some(line => line.includes('"msg":"reloaded"'))))
  await t.rejects(fetchForReal({ port, file: X64 }), /"code":1,"message":"file not found"/)
  t.ok(await until(() => lines.some(line => line.includes(`refused ${X64}`))))

  rmSync(images, { recursive: true })
  child.kill('SIGHUP')
  t.ok(
    await until(() =>
      lines.some(line => line.includes('not reloaded, the previous settings stay in force: images:')),
    ),
  )
  t.equal(child.exitCode, null, 'it runs')
  await stopped(child)
})

t.test('a full disk under the records of Macs: told, and served all the same', async t => {
  if (!requireRoot(t)) return
  const folder = mkdtempSync(join(tmpdir(), 'nbs-full-disk-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'nbs-test', disk]).status !== 0) {
    t.pass('needs to mount', { skip: 'mount is not permitted' })
    return
  }
  const unmount = () => spawnSync('umount', [disk])
  t.teardown(unmount)
  const nbi = join(folder, 'images/NetBoot/NetBootSP0/Lab.nbi')
  mkdirSync(join(nbi, 'i386'), { recursive: true })
  writeFileSync(
    join(nbi, 'NBImageInfo.plist'),
    '<plist version="1.0"><dict><key>Name</key><string>Lab</string><key>Index</key><integer>4096</integer><key>Architectures</key><array><string>i386</string></array></dict></plist>',
  )
  writeFileSync(join(nbi, 'i386/booter'), 'for Macs')
  writeFileSync(join(folder, 'nbs.yaml'), `images: images\nbsdp: { records: disk/records }`)
  const { child, lines } = await startProgram(t, [...NBS, ...serve, join(folder, 'nbs.yaml')])
  t.throws(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(256 * 1024)), { code: 'ENOSPC' })

  const localhost = parseIp4(HOST)!
  const socket = createSocket('udp4').bind(68 + PORT_OFFSET, HOST)
  await once(socket, 'listening')
  const content = { serverIdentifier: localhost, selectedImage: 0x01001000 }
  const request = encodeDhcp(select(content, { ciaddr: localhost }))
  socket.send(request, 67 + PORT_OFFSET, HOST)
  t.ok(
    (await once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MILLIS) })).length,
    'the Mac is answered',
  )
  t.ok(
    await until(() => lines.some(line => line.includes('a binding is not on disk: ENOSPC'))),
    lines.join('\n'),
  )
  socket.close()
  t.equal(child.exitCode, null, 'it runs')
  const second = await startProgram(t, [...NBS, ...serve.slice(0, 2), '--port-offset', String(PORT_OFFSET + 1), '--beside-others', join(folder, 'nbs.yaml')]) // prettier-ignore
  t.equal(second.status, 2, 'a second server does not write into the same file')
  t.match(second.lines.join('\n'), /bsdp\.records: .* is in use by process \d+ \(another nbs serve\?\)/)
  await stopped(child)
  unmount()
})

t.test('no right to the ports: what helps, and status 3', async t => {
  if (!requireProgram(t, 'setpriv') || !requireProgram(t, 'unshare') || !requireRoot(t)) return
  // In a network of its own, where ports below 1024 are what they are everywhere.
  const alone = ['unshare', '--net', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh']
  const { status, lines } = await startProgram(t, [...alone, ...POWERLESS, ...NBS, 'serve', '--user', 'root', '--interface', 'lo']) // prettier-ignore
  t.equal(status, 3)
  const said = lines.join('\n')
  for (const remedy of [
    'setcap cap_net_bind_service',
    'sudo nbs serve',
    'nbs.service',
    'nbs serve --loopback',
  ])
    t.match(said, remedy)
  t.notMatch(said, /\n {4}at /)
})
