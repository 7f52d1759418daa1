/**
 * The builds of U-Boot that are modelled: timers, wire image and switches, with the source of each value (U-… is a rule
 * of the book; measured is what it says was measured). Does not decide anything.
 */
import { MILLISECOND, SECOND, type Micros } from '../../core/micros.ts'
import { type ArchitectureName, architectureNumber, pxeClassIdentifier } from '../../wire/pxe/client.ts'
import type { ProfileSummary } from '../family.ts'

export interface UBootProfile {
  readonly name: string
  readonly stack: 'legacy' | 'lwip'
  /** U-2: first wait, doubled up to the cap, varied by ± `jitter`; given up at the first expiry after `end`. */
  readonly discover: {
    readonly first: Micros
    readonly cap: Micros
    readonly jitter: number
    readonly end: Micros
  }
  /** Releases before the retransmission was reworked take a new transaction id for each DISCOVER. */
  readonly newXidPerDiscover: boolean
  /** Option 55. */
  readonly parameterRequestList: readonly number[]
  /** U-1: the class of a PXE client, as the EFI boot method sets it. */
  readonly sendsPxeClass: boolean
  /** U-3: build option SERVERIP_FROM_PROXYDHCP. */
  readonly serverFromProxy: boolean
  /** The variable `bootfile` of the environment. */
  readonly bootFile: string
  /** U-7: fetches a configuration file (`pxe get`) instead of the boot file. */
  readonly pxeGet: boolean
}

/** U-2 as measured: 0, .25, .75, 1.75, 3.75, then every 2 s, end 29.8 s, no jitter. */
const IN_2023: UBootProfile = {
  name: '2023',
  stack: 'legacy',
  discover: { first: 250 * MILLISECOND, cap: 2 * SECOND, jitter: 0, end: 28 * SECOND },
  newXidPerDiscover: true,
  parameterRequestList: [1, 3, 6, 12, 13, 17],
  sendsPxeClass: false,
  serverFromProxy: false,
  bootFile: '',
  pxeGet: false,
}

/** U-1, U-2. */
const HEAD: UBootProfile = {
  ...IN_2023,
  name: 'head',
  discover: { first: 250 * MILLISECOND, cap: 60 * SECOND, jitter: 0.1, end: 28 * SECOND },
  newXidPerDiscover: false,
  parameterRequestList: [1, 3, 6, 12, 13, 17, 209],
}

const BUILDS: readonly UBootProfile[] = [
  IN_2023,
  // U-5: the measured build has a file name built in.
  { ...IN_2023, name: '2023-qemu', bootFile: 'bzImage' },
  HEAD,
  { ...HEAD, name: 'with-pxe-class', sendsPxeClass: true },
  { ...HEAD, name: 'proxy-dhcp', sendsPxeClass: true, serverFromProxy: true },
  { ...HEAD, name: 'pxe-get', pxeGet: true },
  { ...HEAD, name: 'lwip', stack: 'lwip' },
]

const MEASURED = 'U-Boot 2023.01 (qemu-x86_64), measured'
const SOURCE = 'U-Boot source of August 2026'

export const U_BOOT_PROFILES: Readonly<Record<string, ProfileSummary>> = {
  '2023': { description: 'U-Boot 2023.01, command dhcp', source: MEASURED },
  '2023-qemu': { description: 'as 2023, with the boot file bzImage built in', source: MEASURED },
  head: { description: 'U-Boot of August 2026: retries double up to 60 s', source: SOURCE },
  'with-pxe-class': {
    description:
      'as head, identifies itself as a PXE client as the EFI boot method does, so that proxies answer (and are ignored)',
    source: SOURCE,
  },
  'proxy-dhcp': {
    description: 'as with-pxe-class, built to take server and file from a proxy',
    source: `${SOURCE}, build option SERVERIP_FROM_PROXYDHCP (U-3)`,
  },
  'pxe-get': {
    description: 'as head, then pxe get: fetches a configuration file from pxelinux.cfg/',
    source: `${SOURCE} (U-7)`,
  },
  lwip: {
    description:
      'U-Boot on the lwIP stack: takes any offer with a server identifier and reads only the header field file',
    source: `${SOURCE} (U-8)`,
  },
}

export const uBootProfile = (name: string): UBootProfile => {
  const profile = BUILDS.find(build => build.name === name)
  if (!profile)
    throw new RangeError(`U-Boot has no profile ${name}; it has ${Object.keys(U_BOOT_PROFILES).join(', ')}`)
  return profile
}

/** What a board of this architecture says of itself (U-1). */
export interface BoardIdentity {
  /** Option 93; undefined = not sent. */
  readonly architecture: number | undefined
  /** Option 60. */
  readonly classIdentifier: string
  /** Part of the names that `pxe get` tries. */
  readonly processor: string
}

export const boardIdentity = (profile: UBootProfile, name: ArchitectureName): BoardIdentity => {
  const processor = name.startsWith('arm64') ? 'arm64' : name.startsWith('arm') ? 'arm32' : 'other'
  if (profile.sendsPxeClass) {
    const number = UEFI_NUMBERS[processor] ?? architectureNumber(name)
    return {
      architecture: number,
      classIdentifier: pxeClassIdentifier(number, 3, 0),
      processor: PXE_NAMES[processor],
    }
  }
  return BOARDS[processor]
}

const UEFI_NUMBERS: Partial<Record<string, number>> = { arm64: 11, arm32: 10 }
const PXE_NAMES = { arm64: 'arm', arm32: 'arm', other: 'x86' } as const

/** U-1: 93 is 0 on x86, and 0 is not sent (measured). `armv7` is U-Boot's default class for that core. */
const BOARDS: Readonly<Record<'arm64' | 'arm32' | 'other', BoardIdentity>> = {
  arm64: { architecture: 0x16, classIdentifier: 'U-Boot.armv8', processor: PXE_NAMES.arm64 },
  arm32: { architecture: 0x15, classIdentifier: 'U-Boot.armv7', processor: PXE_NAMES.arm32 },
  other: { architecture: undefined, classIdentifier: 'U-Boot', processor: PXE_NAMES.other },
}
