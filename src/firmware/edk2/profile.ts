/**
 * EDK2 by age and vendor: every timer and every quirk with the source of its value. A firmware that is not listed
 * is a new row here. Does not contain logic.
 */
import type { ArchitectureName } from '../../wire/pxe/client.ts'
import { type Micros, SECOND, fromMillis } from '../../core/micros.ts'
import type { ProfileSummary } from '../family.ts'
import type { StackTraits } from '../pc.ts'
import type { Processor } from '../../wire/executable.ts'

export interface Edk2Profile extends ProfileSummary {
  /** E-8: ticks from one DISCOVER to the next. */
  readonly discoverWindows: readonly number[]
  /** E-26. */
  readonly requestWindows: readonly number[]
  /** E-33, E-41: the same function asks BINL and boot servers. */
  readonly bootServerWindows: readonly number[]
  /** When the free-running one-second tick first comes after power-on (E-8): earliest and latest. */
  readonly firstTick: readonly [Micros, Micros]
  /** E-14: PXEBC_OFFER_MAX_NUM. */
  readonly maxOffers: number
  /** Which Pxe10 proxy offers are kept (E-19): the first one, or none because the test was the wrong way round. */
  readonly keepsProxyPxe10: 'first' | 'none'
  /** Builds a boot from one server's lease and another one's proxy offer (rules 3 and 6 of E-22). */
  readonly mergesProxyOffers: boolean
  /** E-11, E-104: what an option of a forbidden length costs. */
  readonly malformedOption: 'dropsPacket' | 'isSkipped'
  /** E-108: lengths of masks under which every address is a host's. */
  readonly freePrefixes: readonly number[]
  /** E-4: type, major, minor of the network interface. */
  readonly undi: readonly [type: number, major: number, minor: number]
  /** E-46. `windowSize` undefined: the option is not sent. */
  readonly blockSize: number
  readonly windowSize: number | undefined
  /** E-47. */
  readonly tftpTimeout: Micros
  readonly tftpTries: number
  /** After a PXE failure the boot manager goes on to HTTP boot within 10 ms (E-57). */
  readonly httpBootAfterFailure: boolean
}

/** OVMF 2022.11, 160 runs in QEMU; the sources agree (edk2 NetworkPkg). */
const MEASURED: Edk2Profile = {
  description: 'OVMF 2022.11 as measured; most PCs since 2019',
  source: 'OVMF 2022.11 (Debian 2022.11-6+deb12u2), 160 runs in QEMU; edk2 NetworkPkg agrees',
  discoverWindows: [4, 8, 16, 32],
  requestWindows: [4, 8, 16, 32],
  bootServerWindows: [1, 2, 3, 4],
  // 146 first windows of four ticks ended 3.79 to 3.93 s after the DISCOVER (E-8).
  firstTick: [fromMillis(790), fromMillis(930)],
  maxOffers: 16,
  keepsProxyPxe10: 'first',
  mergesProxyOffers: true,
  malformedOption: 'dropsPacket',
  freePrefixes: [31, 32],
  undi: [1, 3, 0],
  blockSize: 1468,
  windowSize: 4,
  tftpTimeout: 4 * SECOND,
  tftpTries: 6,
  // The real one does; a simulation of PXE contention gains nothing from the extra packets of every failed boot.
  httpBootAfterFailure: false,
}

/** E-46: PcdPxeTftpWindowSize came in 2018/19. */
const BEFORE_2019: Edk2Profile = {
  ...MEASURED,
  description: 'before 2019: does not request a TFTP window',
  source: 'edk2: PcdPxeTftpWindowSize came in 2018 and 2019 (E-46)',
  windowSize: undefined,
  freePrefixes: [31],
  // UefiPxeBcDxe had an HTTP sibling since 2015, but few vendors built it in.
  httpBootAfterFailure: false,
}

export const EDK2_DEFAULT_PROFILE = '2022'

export const EDK2_PROFILES_BY_NAME: Readonly<Record<string, Edk2Profile>> = {
  [EDK2_DEFAULT_PROFILE]: MEASURED,
  'pre-2019': BEFORE_2019,
  // E-58: edk2 8cdd559be6 of April 2017 turned the "keep the first" test of proxy offers round; until then
  // no Pxe10 proxy offer was ever kept, which is why dnsmasq and Pixiecore leave option 43 out (edk2 issue 6944).
  '2010-2017': {
    ...BEFORE_2019,
    description: 'Nov 2010 to Apr 2017: drops every complete proxy offer (inverted test)',
    source: 'edk2 8cdd559be6 of April 2017; edk2 issue 6944 (E-58)',
    keepsProxyPxe10: 'none',
    freePrefixes: [],
  },
  // E-59: bootimus issue 77, netboot issue 43. DISCOVER at 0, 4, 12, 28 s, an address offer and a proxy
  // offer side by side never lead to a REQUEST, nothing goes to 4011. UNDI 3.001 as in the capture (E-5).
  'hp-laptop': {
    ...BEFORE_2019,
    description: 'HP UEFI laptop: never combines a DHCP offer with a proxy offer',
    source: 'captures in bootimus issue 77 and netboot issue 43 (E-59)',
    mergesProxyOffers: false,
    undi: [1, 3, 1],
  },
  'skips-malformed': {
    ...MEASURED,
    description:
      'as 2022, but skips an option with a wrong length instead of dropping the packet (after August 2026)',
    source: 'edk2 02b8eea3a0, NetworkPkg/Dhcp4Dxe/Dhcp4Option.c (E-104); not measured',
    malformedOption: 'isSkipped',
  },
  'ovmf-http': {
    ...MEASURED,
    description: 'as 2022, and tries HTTP boot after PXE has failed',
    source: 'OVMF 2022.11: HTTP boot follows within 10 ms (E-57)',
    httpBootAfterFailure: true,
  },
}

export const EDK2_STACK: StackTraits = {
  // E-13: a unicast to an address the stack does not have yet is dropped.
  acceptsUnicastUnconfigured: false,
  // E-47: every TFTP answer from a foreign address was met with ICMP port unreachable.
  sendsPortUnreachable: true,
  // Ip4Dxe's default for UDP children.
  ttl: 64,
  // E-48: three ARP requests per TFTP try of 4 s.
  arp: { tries: 3, interval: SECOND },
}

/** E-4, and the HTTP architectures of IANA's list for E-50. */
export const EDK2_ARCHITECTURES: ReadonlyMap<ArchitectureName, Processor> = new Map([
  ['ia32-uefi', 'ia32'],
  ['x64-uefi', 'x64'],
  ['arm32-uefi', 'arm32'],
  ['arm64-uefi', 'arm64'],
  // Some x64 machines of the first years announce themselves as byte code (IANA 9).
  ['ebc', 'x64'],
  ['riscv64-uefi', 'riscv64'],
  ['loongarch64-uefi', 'loongarch64'],
  ['ia32-uefi-http', 'ia32'],
  ['x64-uefi-http', 'x64'],
  ['arm32-uefi-http', 'arm32'],
  ['arm64-uefi-http', 'arm64'],
  ['riscv64-uefi-http', 'riscv64'],
  ['loongarch64-uefi-http', 'loongarch64'],
])
