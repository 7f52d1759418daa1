/**
 * A guest: a real machine (that is, real firmware in a virtual machine) attached to a virtual segment. Types only;
 * `qemu.ts` makes guests of QEMU, and which firmware there is is said by whoever describes it.
 */
import type { Mac } from '../../../core/address.ts'
import { type Attachment, AttachmentError } from '../attachment.ts'

/** Virtual machines at once; each takes a processor core while it starts, and 300 MB. */
export const MAX_GUESTS = 8

/** A file that a guest needs, and where distributions put it. */
export interface GuestFile {
  readonly file: string
  readonly places: readonly string[]
  readonly package: string
}

/** Keys to type when a text shows on the screen. */
export interface Typing {
  readonly at: RegExp
  readonly keys: string
}

/** How QEMU is called for one kind of guest, beyond what all have in common. */
export interface GuestCall {
  /** Machine type and firmware. */
  readonly machine: readonly string[]
  /** More properties of the network card. */
  readonly card: string
  /** In this order, each once. */
  readonly typing?: readonly Typing[]
}

/** Firmware that QEMU can boot. */
export interface GuestKind {
  /** `edk2`. */
  readonly name: string
  /** Architecture of what is booted: `x64-uefi`. */
  readonly arch: string
  /** The firmware itself first. */
  readonly files: readonly [GuestFile, ...GuestFile[]]
  /** How the file tells its version; absent: only its package does. */
  readonly version?: RegExp
  /** `paths`: of the files, in their order. */
  readonly call: (paths: readonly string[]) => GuestCall
  /** The profile that models the build of this version, without and with an IPv6 router beside it. */
  readonly profiles: (version: string) => { readonly profile: string; readonly withRouter: string }
  /** `nbs verify` boots it where nobody says which. */
  readonly usual?: boolean
  /** Whether a profile assumes that router. Absent: none does. */
  readonly wantsRouter?: (profile: string) => boolean
}

/** For command lines: a comma separates QEMU's properties. */
export const quotedForQemu = (text: string): string => text.replaceAll(',', ',,')

export interface GuestSpec {
  readonly kind: GuestKind
  readonly name: string
  readonly mac: Mac
  /** SMBIOS UUID as it is written: `4c4c4544-0051-…`. */
  readonly uuid: string
  /** A router advertises IPv6 beside this guest: iPXE asks for one and waits for it. */
  readonly ipv6Router: boolean
}

/** What a guest shows. Not called from within `start`. */
export interface GuestHooks {
  /** A new line on the screen, or more of the last one. */
  onScreen(text: string, continues: boolean): void
}

/** The firmware a kind of guest runs, as it is installed. */
export interface GuestFirmware {
  readonly kind: string
  /** Of the firmware itself, as far as its file says: `1.0.0+git-20190125.36a4c85`. */
  readonly version: string
  /** The installed package, where a package manager knows it: `ovmf 2022.11-6+deb12u2`. */
  readonly package: string | undefined
  readonly file: string
  readonly sha256: string
  /** `QEMU emulator version 7.2.22 (…)`. */
  readonly emulator: string
  /** The model of this build: family, profile (without and with an IPv6 router), architecture. */
  readonly model: {
    readonly firmware: string
    readonly profile: string
    readonly profileWithRouter: string
    readonly arch: string
  }
}

export interface GuestProvider {
  /** Throws `GuestError` if something is missing. */
  firmware(kind: GuestKind): GuestFirmware
  start(spec: GuestSpec, hooks: GuestHooks): Attachment
}

/** A guest cannot be had or has come to grief; the message says what to do. */
export class GuestError extends AttachmentError {
  override readonly name = 'GuestError'
}
