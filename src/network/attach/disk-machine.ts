/**
 * A virtual machine that is booted from its disk, before it is started. Types only; `qemu/disk-machine.ts` starts it.
 */
import type { Mac } from '../../core/address.ts'
import type { Attachment } from './attachment.ts'

export interface DiskMachineSpec {
  readonly name: string
  readonly mac: Mac
  /** A disk image, seen from the scenario. Nothing is written to it. */
  readonly disk: string
  /** Mebibytes. */
  readonly memory: number
  readonly processors: number
  readonly firmware: 'bios' | 'uefi'
  readonly card: 'virtio' | 'e1000e'
  /** It is ready when its serial console shows this; undefined: when it has sent a frame. */
  readonly ready: string | undefined
  /** Milliseconds. */
  readonly readyWithin: number
  readonly onLog: (line: string) => void
}

export interface DiskMachineProvider {
  /** Throws `AttachmentError` where a program or the disk is missing. */
  start(spec: DiskMachineSpec): Attachment
}
