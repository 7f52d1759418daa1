/**
 * A real firmware in QEMU for lab tests: iPXE under SeaBIOS or EDK2 (OVMF), one network card, one disk, its console
 * read from the serial line. Bounded: it ends with its test, or when patience does. Does not test.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { PATIENCE_MILLIS } from './patience.ts'
import { stopped } from './serve/serve-lab.ts'

interface Test {
  teardown(end: () => unknown): void
}

export type Guest = 'ipxe' | 'edk2'

const OVMF = '/usr/share/OVMF/OVMF_CODE_4M.fd'
const OVMF_VARS = '/usr/share/OVMF/OVMF_VARS_4M.fd'
const IPXE = '/usr/lib/ipxe/qemu/efi-virtio.rom'
/** Files that no `--version` tells of. */
export const missingFirmware = [OVMF, OVMF_VARS, IPXE].filter(file => !existsSync(file))

const MAX_CONSOLE = 1024 * 1024

export interface MachineOptions {
  readonly guest: Guest
  /** QEMU's words for the network the card is in, without the id. */
  readonly network: string
  readonly mac: string
  /** QEMU's words for the file of the disk, which is the next boot device. */
  readonly disk: string
  /** For its monitor's socket, whose path must be short. */
  readonly folder: string
  /** Words before the program, as `ip netns exec …`. */
  readonly within?: readonly string[]
}

export const startMachine = (t: Test, { guest, network, mac, disk, folder, within = [] }: MachineOptions) => {
  const monitor = join(folder, `${guest}-${mac.slice(-2)}.sock`)
  const firmware =
    guest === 'edk2'
      ? `-m 256 -drive if=pflash,format=raw,readonly=on,file=${OVMF} -drive if=pflash,format=raw,snapshot=on,file=${OVMF_VARS} -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n`
      : '-m 64'
  // Without a ROM of the card UEFI uses its own network stack.
  const card = `virtio-net-pci,netdev=n,mac=${mac},bootindex=1${guest === 'edk2' ? ',romfile=' : ''}`
  const fixed = `-nodefaults -display none -machine pc,graphics=off ${firmware} -serial stdio -netdev ${network},id=n -device ${card} -device ide-hd,drive=d,bootindex=2`
  const [program, ...words] = [
    ...within,
    'qemu-system-x86_64',
    ...fixed.split(' '),
    '-monitor',
    `unix:${monitor},server=on,wait=off`,
    '-drive',
    `if=none,id=d,format=raw,snapshot=on,file=${disk}`,
  ]
  const child = spawn(program!, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const life = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MILLIS)
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  t.teardown(async () => {
    clearTimeout(life)
    await stopped(child)
  })

  let console = ''
  const watchers = new Set<() => void>()
  const more = (bytes: Buffer): void => {
    if (console.length < MAX_CONSOLE) console += bytes.toString('latin1')
    for (const look of watchers) look()
  }
  child.stdout.on('data', more)
  child.stderr.on('data', more)

  return {
    /** The lines that stood on the screen so far, without empty ones and without the codes that move the cursor. */
    text: (): string =>
      console
        .replace(/\u001b\[[0-9;=?]*[a-zA-Z]|\u001bc|\r|\u0008 \u0008|\u0008/g, '')
        .replace(/\n\s*\n/g, '\n'),
    /** Resolves when the screen shows it, or when the machine has ended. */
    async shows(pattern: RegExp): Promise<boolean> {
      const seen = (): boolean => pattern.test(this.text())
      let look = (): void => {}
      const shown = new Promise<void>(resolve => {
        look = () => void (seen() && resolve())
      })
      watchers.add(look)
      look()
      await Promise.race([shown, ended])
      watchers.delete(look)
      return seen()
    },
    /** Takes the cable out of the network card. */
    unplug: (): Promise<void> =>
      new Promise((resolve, reject) => {
        const socket = connect(monitor, () => socket.end('set_link n off\n'))
        socket.resume()
        socket.once('close', () => resolve())
        socket.once('error', reject)
      }),
    stop: async (): Promise<void> => {
      clearTimeout(life)
      await stopped(child)
    },
  }
}
