/**
 * Virtual machines that boot from a disk image. What they write goes to an overlay that QEMU keeps in a file without a
 * name, so that nothing of it is left. By KVM where it may be had.
 */
import { accessSync, constants, closeSync, existsSync, openSync, readSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { formatMac } from '../../../core/address.ts'
import { type Attachment, AttachmentError } from '../attachment.ts'
import type { DiskMachineProvider, DiskMachineSpec } from '../disk-machine.ts'
import { programPath } from '../program/find.ts'
import { HEADLESS, cable } from './command-line.ts'
import { quotedForQemu } from './guest.ts'
import { EMULATOR, KEEPER } from './installed.ts'
import { QemuMachine } from './machine.ts'

/** `directory`: from which disks are named. */
export const diskMachines = (directory: string): DiskMachineProvider => ({
  start: spec => start(spec, resolve(directory, spec.disk)),
})

const start = (spec: DiskMachineSpec, disk: string): Attachment => {
  const { name, mac, ready, readyWithin, onLog } = spec
  const emulator = programPath(EMULATOR)
  const keeper = programPath(KEEPER)
  if (emulator === undefined || keeper === undefined)
    throw new AttachmentError(
      `server ${name} needs ${EMULATOR} and ${KEEPER}. Install: apt-get install qemu-system-x86 util-linux`,
    )
  const firmware = spec.firmware === 'uefi' ? uefiFirmware(name) : undefined
  return new QemuMachine({
    name: `server ${name}`,
    mac,
    emulator,
    keeper,
    args: port => diskMachineArgs(spec, { disk, format: formatOf(disk), firmware, hasKvm: hasKvm() }, port),
    typing: [],
    ipv6Router: false,
    onScreen: text => onLog(text.slice(0, MAX_SCREEN_LINE)),
    readyWithin,
    ...(ready !== undefined && { isReady: screen => screen.includes(ready) }),
  })
}

/** Characters that are told of a line. */
const MAX_SCREEN_LINE = 2_000

interface Host {
  readonly disk: string
  readonly format: string
  readonly firmware: string | undefined
  readonly hasKvm: boolean
}

/** Devices that usual systems have drivers for; a disk at SATA, because every system knows that. */
export const diskMachineArgs = (
  { name, mac, memory, processors, card }: DiskMachineSpec,
  { disk, format, firmware, hasKvm: kvm }: Host,
  port: number,
): readonly string[] => {
  const device = card === 'virtio' ? 'virtio-net-pci' : 'e1000e'
  return [
    ['-name', quotedForQemu(name), '-machine', 'q35,graphics=off'],
    kvm ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg'],
    ['-m', String(memory), '-smp', String(processors)],
    HEADLESS,
    firmware === undefined ? [] : ['-bios', firmware],
    ['-drive', `if=none,id=disk,format=${format},snapshot=on,file=${quotedForQemu(disk)}`],
    ['-device', 'ide-hd,drive=disk,bootindex=1'],
    cable(port),
    ['-device', `${device},netdev=lan,mac=${formatMac(mac)}`],
  ].flat()
}

const UEFI = { file: 'OVMF.fd', places: ['/usr/share/ovmf', '/usr/share/qemu', '/usr/share/edk2/ovmf'] }

/** Firmware in one file, with variables that are not kept. */
const uefiFirmware = (name: string): string => {
  const path = UEFI.places.map(place => join(place, UEFI.file)).find(existsSync)
  if (path !== undefined) return path
  throw new AttachmentError(`server ${name} needs ${UEFI.file}. Install: apt-get install ovmf`)
}

const hasKvm = (): boolean => {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** What an image begins with. */
const FORMATS: readonly (readonly [begins: string, at: number, format: string])[] = [
  ['QFI\xfb', 0, 'qcow2'],
  ['KDMV', 0, 'vmdk'],
  ['# Disk DescriptorFile', 0, 'vmdk'],
  ['vhdxfile', 0, 'vhdx'],
  ['conectix', 0, 'vpc'],
  ['\x7f\x10\xda\xbe', 0x40, 'vdi'],
]

export const formatOf = (disk: string): string => {
  const file = openSync(disk, 'r')
  try {
    const head = new Uint8Array(512)
    readSync(file, head, 0, head.length, 0)
    return formatOfHead(head)
  } finally {
    closeSync(file)
  }
}

/** Told to QEMU: it would guess, and then keep a raw disk from writing its first sector. */
export const formatOfHead = (head: Uint8Array): string => {
  const text = String.fromCharCode(...head)
  return FORMATS.find(([begins, at]) => text.startsWith(begins, at))?.[2] ?? 'raw'
}
