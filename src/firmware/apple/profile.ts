/**
 * Macs by generation: model, timers, and the points on which generations and sources differ (A-20 … A-30). Apple
 * published no timers of its firmware; values marked [I] are assumptions. Does not contain logic.
 */
import { type Micros, SECOND } from '../../core/micros.ts'
import type { ProfileSummary } from '../family.ts'
import type { StackTraits } from '../pc.ts'

export interface AppleProfile {
  readonly name: string
  /** Option 60. */
  readonly architecture: 'i386' | 'ppc'
  readonly model: string
  /** A-20, our choice: waits after each DISCOVER, varied by ± `fuzz`. */
  readonly discoverWaits: readonly Micros[]
  readonly requestWaits: readonly Micros[]
  readonly listWaits: readonly Micros[]
  readonly selectWaits: readonly Micros[]
  readonly fuzz: Micros
  /** 2 … 4 s after the first answer. */
  readonly gather: Micros
  /** After a FAILED. */
  readonly failedPause: Micros
  /** LIST and SELECT, all over again. */
  readonly rounds: number
  /** Old Intel models boot from a DHCPOFFER that holds address and image at once; newer ones need LIST and SELECT. */
  readonly acceptsCombinedOffer: boolean
  /** Takes an ACK[SELECT] only from the server that it selected. */
  readonly checksSender: boolean
  /** what follows the boot file. */
  readonly generation: 'mach' | 'kernelcache' | 'mac-os-9'
  readonly blockSize: number
  /** [I] */
  readonly tftpWaits: readonly Micros[]
  /** Selects in the running system (Startup Disk, bsdpc) and restarts, instead of asking from the firmware. */
  readonly startupDisk: { readonly replyPorts: readonly [low: number, high: number] } | undefined
}

const seconds = (...values: readonly number[]): Micros[] => values.map(value => value * SECOND)

/** Intel Macs from 2011 on. */
const EFI: AppleProfile = {
  name: 'efi',
  architecture: 'i386',
  model: 'MacBookPro11,2',
  discoverWaits: seconds(4, 8, 16, 32),
  requestWaits: seconds(4, 8, 16),
  listWaits: seconds(2, 4, 8, 16, 32),
  selectWaits: seconds(2, 4, 8),
  fuzz: SECOND,
  gather: 3 * SECOND,
  failedPause: 10 * SECOND,
  rounds: 3,
  acceptsCombinedOffer: false,
  checksSender: true,
  generation: 'kernelcache',
  blockSize: 8192, // reported from a MacBook
  tftpWaits: seconds(1, 2, 4, 8),
  startupDisk: undefined,
}

const PROFILES: readonly AppleProfile[] = [
  EFI,
  { ...EFI, name: 'imac', model: 'iMac14,2' },
  // reports for MacBook1,1 and MacBook6,2.
  {
    ...EFI,
    name: 'efi-2006',
    model: 'MacBook1,1',
    acceptsCombinedOffer: true,
    generation: 'mach',
    blockSize: 512,
  },
  { ...EFI, name: 'efi-trusting', checksSender: false },
  {
    ...EFI,
    name: 'open-firmware',
    architecture: 'ppc',
    model: 'PowerMac3,1',
    generation: 'mach',
    blockSize: 512,
  },
  // the library tries ports below 1024 until one can be bound.
  { ...EFI, name: 'startup-disk', startupDisk: { replyPorts: [600, 1023] } },
  { ...EFI, name: 'startup-disk-unprivileged', startupDisk: { replyPorts: [1024, 2047] } },
]

export const APPLE_DEFAULT_PROFILE = 'efi'

const PAPER = "Apple's paper on BSDP and published sources; the firmware is not public"

export const APPLE_PROFILES: Readonly<Record<string, ProfileSummary>> = {
  efi: { description: 'Intel Mac since 2011 (MacBookPro11,2) with N held at power-on', source: PAPER },
  imac: { description: 'as efi, of another model (iMac14,2)', source: PAPER },
  'efi-2006': {
    description: 'first Intel Macs (MacBook1,1): also take address and image in one offer',
    source: 'reports for MacBook1,1 and MacBook6,2 (A-23)',
  },
  'efi-trusting': {
    description: 'as efi, but takes the first ACK[SELECT], whoever sends it',
    source: PAPER,
  },
  'open-firmware': { description: 'PowerPC Mac (PowerMac3,1)', source: PAPER },
  'startup-disk': {
    description: 'selects in the running system by Apple’s library, then restarts and is bound',
    source: 'apple-oss-distributions/bootp, BSDPClient (A-25)',
  },
  'startup-disk-unprivileged': {
    description: 'as startup-disk, but asks for answers on a port from 1024 on',
    source: 'apple-oss-distributions/bootp, BSDPClient (A-25)',
  },
}

export const appleProfile = (name: string): AppleProfile => {
  const profile = PROFILES.find(candidate => candidate.name === name)
  if (!profile)
    throw new RangeError(`Apple has no profile ${name}; it has ${Object.keys(APPLE_PROFILES).join(', ')}`)
  return profile
}

/** Our assumption: an EFI network stack much like EDK2's; what it takes before it has an address was not measured. */
export const APPLE_STACK: StackTraits = {
  acceptsUnicastUnconfigured: true,
  sendsPortUnreachable: false,
  ttl: 64,
  arp: { tries: 3, interval: SECOND },
}
