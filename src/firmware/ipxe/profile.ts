/**
 * The builds of iPXE that are modelled, and the two platforms they are built for. Every value names its source:
 * I-… is a rule of the book; measured is what it says was measured. Does not decide anything.
 */
import type { ArchitectureName } from '../../wire/pxe/client.ts'
import type { Processor } from '../../wire/executable.ts'
import type { ProfileSummary } from '../family.ts'
import { BIOS_TICK, EFI_TICK, type RetryLimits, type TickSize } from './retry-timer.ts'

export interface IpxeTimers {
  readonly discover: RetryLimits
  /** After this many seconds a DHCP offer alone is enough (I-7). */
  readonly proxyWait: number
  readonly request: RetryLimits
  readonly proxyRequest: RetryLimits
  /** The request to 4011 is given up at the first expiry after this many seconds (I-11). */
  readonly proxyRequestEnd: number
  readonly bootServer: RetryLimits
  /** On to the next boot server at the first expiry after this many seconds (I-19). */
  readonly bootServerEnd: number
}

/** I-50: "Configuring" ends only when IPv6 router discovery has ended as well. */
export type Ipv6 =
  /** Not built in. */
  | { readonly kind: 'none' }
  /** A router advertisement came at once: counts as a successful configuration, whatever DHCP said. */
  | { readonly kind: 'answered' }
  /** Nobody advertises; the time until it gives up, in seconds. */
  | { readonly kind: 'unanswered'; readonly seconds: number }

export interface IpxeProfile {
  readonly name: string
  readonly timers: IpxeTimers
  /**
   * I-10. The number is the value of the transmission counter (`secs` / 4) beyond which a NAK is ignored. `from`: from
   * the build of 2021 that first listened to NAKs until 2023 that of any server counted (ipxe/ipxe#798, #879).
   */
  readonly nak:
    | { readonly kind: 'ignored' }
    | { readonly kind: 'rediscovers'; readonly limit: number; readonly from: 'selected' | 'anybody' }
  /** Option 55 (I-2). */
  readonly parameterRequestList: readonly number[]
  /** I-11: an ACK removes the settings of an earlier proxy or boot server. */
  readonly dropsStaleSettings: boolean
  /** I-27: bytes by which a suboption may run past the option that it is in. */
  readonly subOptionOverrun: number
  /** I-29: the last address of a network is a broadcast address in the smallest networks too, and for a router. */
  readonly broadcastsToLast: boolean
  /** Start of the links it prints: builds before 2022 say http. */
  readonly errorLink: 'http://ipxe.org/' | 'https://ipxe.org/'
  /** A missing TFTP file has its own text and code (I-24: 2d1261.. `Not found`; before 2024 2d1260..). */
  readonly tellsNotFound: boolean
  /** A web server that does not answer has a text and a code. */
  readonly tellsHttpTimeout: boolean
  readonly ipv6: { readonly bios: Ipv6; readonly efi: Ipv6 }
}

/** I-4, I-9, I-11, I-19 as measured: 1, 2, 4, 8 s; .25 s doubling; boot servers 1 and 2 s. */
const USUAL_TIMERS: IpxeTimers = {
  discover: { min: 1, max: 10 },
  proxyWait: 2,
  request: { min: 0, max: 10 },
  proxyRequest: { min: 0, max: 10 },
  proxyRequestEnd: 2,
  bootServer: { min: 1, max: 10 },
  bootServerEnd: 3,
}

/** I-4: the values that iPXE's configuration offers "as per PXE spec", used by some distributions. */
const SPEC_TIMERS: IpxeTimers = {
  discover: { min: 4, max: 32 },
  proxyWait: 11,
  request: { min: 0, max: 4 },
  proxyRequest: { min: 0, max: 8 },
  proxyRequestEnd: 7,
  bootServer: { min: 0, max: 8 },
  bootServerEnd: 7,
}

const PXE_RESERVED = [128, 129, 130, 131, 132, 133, 134, 135]
const REQUESTED_UNTIL_2022 = [1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, ...PXE_RESERVED, 175, 203]
const REQUESTED = [1, 3, 6, 7, 12, 15, 17, 26, 42, 43, 60, 66, 67, 119, 121, ...PXE_RESERVED, 175, 203]

const NO_IPV6: Ipv6 = { kind: 'none' }
const ADVERTISED: Ipv6 = { kind: 'answered' }
/** I-51: the last of five solicitations is given up at 3.9 s (timers of ⅛ s, doubling). */
const SHORT_WAIT: Ipv6 = { kind: 'unanswered', seconds: 3.875 }
/** I-51: the 2019 ROM solicits for 16.08 s. */
const LONG_WAIT: Ipv6 = { kind: 'unanswered', seconds: 16.08 }

const HEAD: IpxeProfile = {
  name: 'head',
  timers: USUAL_TIMERS,
  nak: { kind: 'rediscovers', limit: 180, from: 'selected' },
  parameterRequestList: REQUESTED,
  dropsStaleSettings: true,
  // Since 1 August 2026 (ipxe 9f7e0c97c).
  subOptionOverrun: 0,
  // Since June 2024 (ipxe 77acf6b41).
  broadcastsToLast: false,
  errorLink: 'https://ipxe.org/',
  tellsNotFound: true,
  // I-25: the ROM of 2019 shows 4c0a6035, master after the same 16 s nothing.
  tellsHttpTimeout: false,
  ipv6: { bios: NO_IPV6, efi: SHORT_WAIT },
}

const IN_2022: IpxeProfile = {
  ...HEAD,
  name: '2022',
  nak: { kind: 'rediscovers', limit: 180, from: 'anybody' },
  parameterRequestList: REQUESTED_UNTIL_2022,
  dropsStaleSettings: false,
  subOptionOverrun: 2,
  broadcastsToLast: true,
  tellsNotFound: false,
  tellsHttpTimeout: true,
}

const IN_2019: IpxeProfile = {
  ...IN_2022,
  name: '2019',
  nak: { kind: 'ignored' },
  errorLink: 'http://ipxe.org/',
  ipv6: { bios: LONG_WAIT, efi: LONG_WAIT },
}

const advertised = (profile: IpxeProfile): IpxeProfile => ({
  ...profile,
  name: `${profile.name}-ra`,
  // BIOS builds of master have no IPv6 to answer to.
  ipv6: { bios: profile.ipv6.bios.kind === 'none' ? NO_IPV6 : ADVERTISED, efi: ADVERTISED },
})

const BUILDS: readonly IpxeProfile[] = [
  HEAD,
  advertised(HEAD),
  IN_2022,
  IN_2019,
  advertised(IN_2019),
  { ...IN_2019, name: '2020' },
  { ...HEAD, name: 'spec-timers', timers: SPEC_TIMERS },
]

const MEASURED_2019 = "QEMU's option ROM 1.0.0+git-20190125, measured"
const MEASURED_HEAD = 'iPXE master of August 2026, measured, and its source'

export const IPXE_PROFILES: Readonly<Record<string, ProfileSummary>> = {
  head: { description: 'iPXE master of August 2026', source: MEASURED_HEAD },
  'head-ra': {
    description: 'as head, on a network whose router advertises IPv6 (matters to UEFI builds only)',
    source: MEASURED_HEAD,
  },
  '2022': {
    description:
      'iPXE of January 2022: keeps the settings of an earlier proxy (issue 913), accepts a NAK from any server (798)',
    source: 'iPXE source of January 2022; ipxe/ipxe issues 798, 879, 913',
  },
  '2019': {
    description: "QEMU's option ROM of 2019: ignores NAKs, waits 16 s for an IPv6 router",
    source: MEASURED_2019,
  },
  '2019-ra': {
    description: 'as 2019, on a network whose router advertises IPv6',
    source: MEASURED_2019,
  },
  '2020': { description: 'same as 2019', source: 'iPXE source of 2020, compared with the ROM of 2019' },
  'spec-timers': {
    description:
      'distribution build with the timers of the PXE specification: 4, 8, 16, 32 s; waits 11 s for a proxy',
    source: 'config/dhcp.h of iPXE, the values "as per PXE spec" (I-4)',
  },
}

export const ipxeProfile = (name: string): IpxeProfile => {
  const profile = BUILDS.find(build => build.name === name)
  if (!profile)
    throw new RangeError(`iPXE has no profile ${name}; it has ${Object.keys(IPXE_PROFILES).join(', ')}`)
  return profile
}

export interface Platform {
  readonly kind: 'bios' | 'efi'
  readonly tick: TickSize
  /** Option 94, as type 1 (UNDI), major, minor (I-2). */
  readonly undi: { readonly major: number; readonly minor: number }
  /** Feature codes of option 175; which are there depends on the build, only the order of magnitude matters. */
  readonly features: readonly number[]
  /** I-12: only BIOS builds hold the code of the PXE menu. */
  readonly hasMenu: boolean
  /** The processor whose files run; undefined for BIOS, where any file is started (I-23). */
  readonly processor: Processor | undefined
}

const FEATURE = { iscsi: 0x11, http: 0x13, tftp: 0x15, dns: 0x17, bzImage: 0x18, multiboot: 0x19 } as const
const IMAGE_FEATURE = { pxe: 0x21, elf: 0x22, efi: 0x24, menu: 0x27 } as const

const BIOS: Platform = {
  kind: 'bios',
  tick: BIOS_TICK,
  undi: { major: 2, minor: 1 },
  features: [...Object.values(FEATURE), IMAGE_FEATURE.pxe, IMAGE_FEATURE.elf, IMAGE_FEATURE.menu],
  hasMenu: true,
  processor: undefined,
}

const EFI: Omit<Platform, 'processor'> = {
  kind: 'efi',
  tick: EFI_TICK,
  undi: { major: 3, minor: 10 },
  features: [FEATURE.iscsi, FEATURE.http, FEATURE.tftp, FEATURE.dns, IMAGE_FEATURE.efi, IMAGE_FEATURE.menu],
  hasMenu: false,
}

const EFI_PROCESSORS: Partial<Record<ArchitectureName, Processor>> = {
  'ia32-uefi': 'ia32',
  'x64-uefi': 'x64',
  ebc: 'x64',
  'arm32-uefi': 'arm32',
  'arm64-uefi': 'arm64',
  'riscv64-uefi': 'riscv64',
  'loongarch64-uefi': 'loongarch64',
}

export const platformOf = (architecture: ArchitectureName): Platform =>
  architecture === 'x86-bios' ? BIOS : { ...EFI, processor: EFI_PROCESSORS[architecture] }
