/**
 * The boot programs on real firmware: iPXE under SeaBIOS and EDK2, first on QEMU's own network, then booted by `nbs
 * serve`, which asks `nbs serve-notification`, in a network namespace. What counts is what stands on the machine's
 * console. Everything is bounded, nothing leaves this machine.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stampBytes, stampFieldOf } from '../src/wire/pxe/stamp.ts'
import { NBS, startProgram, stopped } from './serve/serve-lab.ts'
import { requireProgram } from './lab.ts'
import { ownedName } from './runner/owner.ts'
import { type Guest, missingFirmware, startMachine } from './qemu.ts'

const UNKNOWN = 'No stamp: the server of this copy knew of no decision for this machine.'
const LEAVING = 'Back to the firmware, for the next boot device.'
const JOB = 'Booted by nbs-a (10.20.1.5): automation, image WinPE, job running'
const FILES = { ipxe: 'BStrap/x86/BStrap.0', edk2: 'BStrap/x64/BStrap.efi' } as const
const GUESTS = ['ipxe', 'edk2'] as const

/** Prints a line by INT 10h, and stops. The cylinder that SeaBIOS wants a disk to have makes the size. */
const BOOT_SECTOR = `
  org 0x7c00
  xor ax, ax
  mov ds, ax
  mov si, text
again: lodsb
  test al, al
  jz $
  mov ah, 0x0e
  mov bx, 7
  int 0x10
  jmp again
text: db 13, 10, 'I am the disk', 13, 10, 0
  times 510 - ($ - $$) db 0
  dw 0xaa55
  times 2097152 - 512 db 0
`
const ON_DISK = { ipxe: /I am the disk/, edk2: /nbs-lab: EFI\/BOOT\/BOOTX64\.EFI/ } as const

/** The next boot device of each: a boot sector, and a folder that QEMU shows as a FAT file system. */
const makeDisks = (folder: string): Record<Guest, string> => {
  const nasm = (source: string, out: string, ...words: string[]) =>
    execFileSync('nasm', ['-f', 'bin', '-I', 'boot-images/src/', ...words, '-o', out, source])
  writeFileSync(join(folder, 'disk.asm'), BOOT_SECTOR)
  nasm(join(folder, 'disk.asm'), join(folder, 'disk.img'))
  mkdirSync(join(folder, 'esp/EFI/BOOT'), { recursive: true })
  nasm('boot-images/src/efi-x64.asm', join(folder, 'esp/EFI/BOOT/BOOTX64.EFI'), "-DNAME='EFI/BOOT/BOOTX64.EFI'", '-DSIZE=8192') // prettier-ignore
  return { ipxe: join(folder, 'disk.img'), edk2: `fat:${join(folder, 'esp')}` }
}

/** The whole screen only where it is of use. */
const sees = async (t: Test, machine: ReturnType<typeof startMachine>, pattern: RegExp): Promise<void> => {
  if (await machine.shows(pattern)) t.pass(`shows ${String(pattern)}`)
  else t.fail(`the screen never showed ${String(pattern)}, but:\n${machine.text()}`)
}

const scratch = (t: Test): string => {
  const folder = mkdtempSync(join(tmpdir(), 'nbs-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const hasAll = (t: Test): boolean => {
  if (!['nasm', 'qemu-system-x86_64'].every(program => requireProgram(t, program))) return false
  if (missingFirmware.length === 0) return true
  const reason = `no ${missingFirmware.join(', ')}: apt-get install ipxe-qemu ovmf`
  if (process.env['NBS_LAB'] === '1') t.fail(reason)
  else t.pass(reason, { skip: reason })
  return false
}

t.test('on QEMU’s own network: what a copy says, and back to the firmware', async t => {
  if (!hasAll(t)) return
  const folder = scratch(t)
  const disks = makeDisks(folder)
  // The one as it lies, as any TFTP server sends it; the other as it would be stamped for a machine that goes home.
  const home = readFileSync(join('boot-images', FILES.edk2))
  const field = stampFieldOf(home)!
  home.set(stampBytes(field, { boot: 3, text: 'Booted by hand' }), field.offset)
  const served = { ipxe: readFileSync(join('boot-images', FILES.ipxe)), edk2: home }
  const say = { ipxe: `${UNKNOWN}\n${LEAVING}`, edk2: `Booted by hand\n${LEAVING}` }
  await Promise.all(
    GUESTS.map(async guest => {
      writeFileSync(join(folder, guest), served[guest])
      const network = `user,tftp=${folder},bootfile=${guest}`
      const machine = startMachine(t, {
        guest,
        network,
        mac: '52:54:00:20:00:01',
        disk: disks[guest],
        folder,
      })
      await sees(t, machine, /Back to the firmware, .*\n/)
      t.match(machine.text(), `nbs-lab: ${FILES[guest]}\n${say[guest]}\n`, `${guest}: once, in this order`)
      // HTTP boot stands between PXE and the disk, and would look for a server for a minute.
      if (guest === 'edk2') await machine.unplug()
      await sees(t, machine, ON_DISK[guest])
      await machine.stop()
    }),
  )
})

t.test('from nbs serve, as ordered at nbs serve-notification', async t => {
  if (!hasAll(t) || !requireProgram(t, 'curl')) return
  const name = ownedName('i')
  const taps = { ipxe: 'tap0', edk2: 'tap1' } as const
  if (!makeNamespace(t, name, Object.values(taps))) return
  const within = ['ip', 'netns', 'exec', name]
  const folder = scratch(t)
  const disks = makeDisks(folder)
  const file = (path: string, text: string): string => {
    writeFileSync(join(folder, path), text)
    return join(folder, path)
  }
  const asks = `{ url: 'http://127.0.0.1:8080/nbs/decision', cache: 0s }`
  const settings = file('serve.yaml', `name: nbs-a\nnotificationServer: ${asks}\n`)
  const policy = file('ns.yaml', 'http: { port: 8080 }\nclasses: { unknown: { allow: false } }\n')
  const nbs = (...words: string[]) => startProgram(t, [...within, ...NBS, ...words])
  const servers = [
    await nbs('serve-notification', policy),
    await nbs('serve', settings, '--interface', 'lan', '--dhcp', '--user', 'root', '--images', 'boot-images'),
  ]
  for (const { status, lines } of servers) t.equal(status, undefined, lines.join('\n'))
  const order = (method: string, path: string, body?: object): void => {
    const data = body ? ['-H', 'content-type: application/json', '-d', JSON.stringify(body)] : []
    const [ip, ...words] = [...within, 'curl', '-sSf', '-m', '10', '-X', method, ...data]
    execFileSync(ip!, [...words, `http://127.0.0.1:8080${path}`], { stdio: ['ignore', 'ignore', 'inherit'] })
  }

  await Promise.all(
    GUESTS.map(async guest => {
      const mac = guest === 'ipxe' ? '52:54:00:20:00:01' : '52:54:00:20:00:02'
      const network = `tap,ifname=${taps[guest]},script=no,downscript=no`
      const start = () => startMachine(t, { guest, network, mac, disk: disks[guest], folder, within })

      order('POST', '/jobs', { mac, image: 'WinPE' })
      const ordered = start()
      await sees(t, ordered, /Any key/)
      t.match(ordered.text(), `nbs-lab: ${FILES[guest]}\n${JOB}\n`)
      t.match(ordered.text(), FILE_ASKED[guest], 'the file that the decision names for its architecture')
      await ordered.stop()

      order('DELETE', `/jobs/${mac}`)
      order('PUT', `/computers/${mac}`, { class: 'managed', boot: 'production' })
      const home = start()
      if (guest === 'edk2') {
        await sees(t, home, /PXE-E21/)
        await home.unplug()
      }
      await sees(t, home, ON_DISK[guest])
      t.notMatch(home.text(), /Booted by|Downloading/, 'and was sent no program')
      await home.stop()
    }),
  )
  for (const { child } of servers) await stopped(child)
  t.equal(spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).stdout, '', 'no process is left')
})

const FILE_ASKED = {
  ipxe: /^Filename: BStrap\/x86\/BStrap\.0$/m,
  edk2: /NBP filename is BStrap\/x64\/BStrap\.efi/,
}

/** A switch with the server's card `lan` (10.20.1.5), and a tap for each machine. */
const makeNamespace = (t: Test, name: string, taps: readonly string[]): boolean => {
  const ip = (...words: string[]) => spawnSync('ip', words, { encoding: 'utf8' })
  if (process.getuid?.() !== 0 || ip('netns', 'add', name).status !== 0) {
    const reason = 'needs root and network namespaces'
    if (process.env['NBS_LAB'] === '1') t.fail(reason)
    else t.pass(reason, { skip: reason })
    return false
  }
  t.teardown(() => ip('netns', 'del', name))
  for (const words of [
    ['link', 'add', 'switch', 'type', 'bridge'],
    ['link', 'add', 'lan', 'type', 'veth', 'peer', 'name', 'plug'],
    ...taps.map(tap => ['tuntap', 'add', 'dev', tap, 'mode', 'tap']),
    ...['plug', ...taps].map(port => ['link', 'set', port, 'master', 'switch', 'up']),
    ['addr', 'add', '10.20.1.5/24', 'dev', 'lan'],
    ...['lo', 'switch', 'lan'].map(link => ['link', 'set', link, 'up']),
    ['route', 'add', 'default', 'dev', 'lan'],
  ])
    t.equal(ip('-n', name, ...words).status, 0, words.join(' '))
  return true
}
