/**
 * The families of the rule book, in the order in which they are listed. One page of `docs/rules/` each.
 */
import { APPLE_CLIENT_RULES } from './apple-clients.ts'
import { APPLE_SERVER_RULES } from './apple.ts'
import { BIOS_ROM_RULES } from './bios-rom.ts'
import { BSDP_RULES } from './bsdp.ts'
import { DETECTION_RULES } from './detection.ts'
import { EDK2_BOOT_RULES } from './edk2-boot.ts'
import { EDK2_HTTP_RULES } from './edk2-http.ts'
import { EDK2_IPV6_RULES } from './edk2-ipv6.ts'
import { EDK2_OFFER_RULES } from './edk2-offers.ts'
import { IPXE_IPV6_RULES } from './ipxe-ipv6.ts'
import { IPXE_RULES } from './ipxe.ts'
import { NBS_RULES } from './nbs.ts'
import { PEER_RULES } from './peers.ts'
import { RASPBERRY_PI_RULES } from './raspberry-pi.ts'
import type { RuleFamily } from './rule.ts'
import { SERVER_RULES } from './servers.ts'
import { U_BOOT_RULES } from './u-boot.ts'

export const RULE_FAMILIES: readonly RuleFamily[] = [
  {
    key: 'edk2',
    prefix: 'E',
    title: 'EDK2',
    about:
      "The PXE base code and HTTP boot of TianoCore's EDK2, which most UEFI PCs have: read in the source of August 2026, measured with OVMF 2022.11. Vendors' builds differ by age.",
    rules: [...EDK2_OFFER_RULES, ...EDK2_BOOT_RULES, ...EDK2_HTTP_RULES, ...EDK2_IPV6_RULES].sort(byNumber),
  },
  {
    key: 'ipxe',
    prefix: 'I',
    title: 'iPXE',
    about:
      'iPXE as option ROM, as BIOS and as UEFI build: read in the source of August 2026 and compared with builds of 2020 and 2022, measured with the ROM of 2019 and with master of August 2026.',
    rules: [...IPXE_RULES, ...IPXE_IPV6_RULES],
  },
  {
    key: 'u-boot',
    prefix: 'U',
    title: 'U-Boot',
    about:
      'The commands dhcp, tftpboot, pxe and dhcp6 of U-Boot, with the legacy stack and with lwIP: read in the source of August 2026, the legacy stack measured with 2023.01 (IPv4) and 2026.10-rc2 (IPv6).',
    rules: U_BOOT_RULES,
  },
  {
    key: 'bios-rom',
    prefix: 'B',
    title: 'BIOS boot ROM',
    about:
      "The boot ROM of a BIOS PC, after Intel. Closed ROMs could not be read or measured: these rules are those of the specification, of Intel's EFI base code of the same lineage, and of captures and reports. Where those disagree the profile has a switch.",
    rules: BIOS_ROM_RULES,
  },
  {
    key: 'raspberry-pi',
    prefix: 'RPI',
    title: 'Raspberry Pi 3 boot ROM',
    about: 'From public reports and captures of the Model B; not measured. The 3B+ and later differ.',
    rules: RASPBERRY_PI_RULES,
  },
  {
    key: 'apple',
    prefix: 'A',
    title: 'Macs and BSDP',
    about:
      "Apple's Boot Service Discovery Protocol (NetBoot): messages, Apple's server, Macs as clients, and other responders. From Apple's paper and published source code; the firmware of Macs is not public.",
    rules: [...APPLE_SERVER_RULES, ...APPLE_CLIENT_RULES],
  },
  {
    key: 'bsdp',
    prefix: 'BSDP',
    title: 'BSDP servers side by side',
    about:
      'What the analyser takes for a fault where BSDP is spoken, and what it does not. Before there was this book, these rules were numbered B-01 to B-30, and B-10 to B-24 also meant rules of BIOS ROMs, which keep those ids.',
    rules: BSDP_RULES,
  },
  {
    key: 'servers',
    prefix: 'S',
    title: 'Servers',
    about: 'What a PXE, DHCP or DHCPv6 boot server has to do, and how dnsmasq does it.',
    rules: SERVER_RULES,
  },
  {
    key: 'nbs',
    prefix: 'NBS',
    title: 'The Network Boot Service of Deployment Solution',
    about:
      "The product that is simulated, as the vendor's public pages and its users describe it, mostly for 7.5 to 8.x. Where they say nothing the behaviour is ours, and the rule says so.",
    rules: NBS_RULES,
  },
  {
    key: 'peers',
    prefix: 'P',
    title: 'Other products',
    about:
      'Rival responders that a scenario can put beside an NBS by name, and packages that the project runs.',
    rules: PEER_RULES,
  },
  {
    key: 'detection',
    prefix: 'D',
    title: 'Reporter contention from frames',
    about: 'How the analyser knows who is who, and what it may say.',
    rules: DETECTION_RULES,
  },
]

function byNumber(a: { readonly id: string }, b: { readonly id: string }): number {
  return Number(a.id.split('-')[1]) - Number(b.id.split('-')[1])
}
