/**
 * BIOS boot ROMs by lineage: the points on which specification, Intel's base code, captures and reports disagree
 * (B-1 … B-32), each as a switch with its sources. Does not contain logic.
 */
import { SECOND } from '../../core/micros.ts'
import type { ProfileSummary } from '../family.ts'
import type { StackTraits } from '../pc.ts'

export interface RomProfile extends ProfileSummary {
  /** B-3, in seconds. */
  readonly discoverWindows: readonly number[]
  /** Windows of the REQUEST, in seconds (B-3). */
  readonly requestWindows: readonly number[]
  /** B-14, B-18, in seconds; a window ends with the first good reply. */
  readonly bootServerWindows: readonly number[]
  /** B-5. */
  readonly maxOffers: number
  /** B-8: windows that must have passed before a plain DHCP offer may be booted by. */
  readonly plainDhcpAfterWindows: number
  /** B-15: a DHCP offer with PXEClient and a boot file, but no option 43. */
  readonly dbWithFile: 'ask4011' | 'direct'
  /** B-16: a proxy offer with a boot file, but no option 43. */
  readonly proxyFileNo43: 'ask4011' | 'direct'
  /** Nobody on 4011: E55, as people report it, or the next lower class, as Intel's base code does (B-10). */
  readonly afterDead4011: 'error' | 'lowerClass'
  /** B-24. */
  readonly tftpServer: 'siaddr' | 'option54'
  /** B-22, in seconds: waits after each RRQ. */
  readonly tftpWaits: readonly number[]
  /** B-21: and a larger DATA packet is E3F. */
  readonly blockSize: number
  /** B-13, in seconds. */
  readonly arpProbe: number
}

/** B-2, B-21 … B-23 as captured; defaults of the rules where sources conflict. */
const INTEL: RomProfile = {
  description: 'Intel-style ROM: plain DHCP data may be used after the first window, as seen in captures',
  source: 'captures and public logs of Intel Boot Agents (B-2, B-21 to B-23)',
  discoverWindows: [4, 8, 16, 32],
  requestWindows: [4, 8, 16, 32],
  bootServerWindows: [1, 2, 3, 4],
  maxOffers: 16,
  plainDhcpAfterWindows: 1,
  dbWithFile: 'ask4011',
  proxyFileNo43: 'ask4011',
  afterDead4011: 'error',
  tftpServer: 'siaddr',
  tftpWaits: [2, 4, 6, 8, 10],
  blockSize: 1456,
  arpProbe: 0.5,
}

export const ROM_DEFAULT_PROFILE = 'intel'

export const ROM_PROFILES_BY_NAME: Readonly<Record<string, RomProfile>> = {
  [ROM_DEFAULT_PROFILE]: INTEL,
  spec: {
    ...INTEL,
    description:
      'PXE 2.1 to the letter: plain DHCP only after two windows, TFTP server from option 54, falls back',
    source: 'PXE 2.1 §2.2, and the EFI base code of Intel for what the text leaves open',
    plainDhcpAfterWindows: 2,
    afterDead4011: 'lowerClass',
    tftpServer: 'option54',
  },
  // B-3: 2, 4, 8, 16 s between packets. B-16: its e1000e ROM shows E55 for a proxy without option 43.
  vmware: {
    ...INTEL,
    description: 'VMware virtual machine with BIOS: windows of 2, 4, 8, 16 s',
    source: 'captures of VMware machines (B-3, B-16)',
    discoverWindows: [2, 4, 8, 16],
  },
}

export const ROM_STACK: StackTraits = {
  // B-5: an offer sent by unicast is usually invisible.
  acceptsUnicastUnconfigured: false,
  // A UNDI ROM has no ICMP to speak of.
  sendsPortUnreachable: false,
  ttl: 20, // B-2
  arp: { tries: 4, interval: SECOND }, // E11: four tries
}
