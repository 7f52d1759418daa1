/**
 * What a finding means for each kind of firmware (rules beside each): said once per
 * finding, for the kinds that were hit. Does not predict a single machine.
 */
import type { Firmware } from './conversations/fingerprint.ts'
import type { FindingRule } from './rules.ts'

type Effects = Partial<Record<Firmware, string>>

const FIRST_OFFER: Effects = {
  EDK2: 'EDK2 keeps the first complete PXE offer of its window', // E-19, E-22
  UEFI: 'UEFI firmware keeps the first complete PXE offer of its window',
  'BIOS ROM': 'a BIOS ROM keeps the first PXE offer', // B-7
  iPXE: 'iPXE takes the last PXE offer before the address is offered, else the first after it', // I-6 … I-8
}

const EFFECTS: Partial<Record<FindingRule, Effects>> = {
  'multiple-pxe-responders': FIRST_OFFER,
  'split-decision': FIRST_OFFER,
  'stray-relay-target': FIRST_OFFER,
  'job-lost': {
    EDK2: 'EDK2 shows PXE-E21 and starts the next boot device', // E-39
    'BIOS ROM': 'a BIOS ROM shows PXE-M0F', // NBS-17
    iPXE: 'iPXE goes on to the local disk', // I-18
  },
  'multiple-dhcp-servers': {
    EDK2: 'EDK2 takes the first offer of the best class', // E-22
    iPXE: 'iPXE takes the last offer before it leaves discovery', // I-5
    'U-Boot': 'U-Boot takes the first offer', // U-3
    'BIOS ROM': 'a BIOS ROM takes the first offer of the best class', // B-12
  },
  'dead-boot-server-port': {
    EDK2: 'EDK2 stops with PXE-E16 after about 10 s, whatever file DHCP names', // E-35
    UEFI: 'UEFI firmware stops with PXE-E16 after about 10 s',
    iPXE: 'iPXE goes on after 3.75 s with what DHCP named', // I-11
    'BIOS ROM': 'a BIOS ROM stops with PXE-E55', // B-14
  },
  'no-pxe-responder': {
    EDK2: 'EDK2 stops with PXE-E16 after 60 s', // E-24
    iPXE: 'iPXE says "Nothing to boot" (2d03e1)',
    'BIOS ROM': 'a BIOS ROM stops with PXE-E53',
  },
  'no-dhcp-server': {
    EDK2: 'EDK2 stops after 60 s with PXE-E16, or PXE-E18 if nobody answered', // E-56
    iPXE: 'iPXE gives up after 15 s (040ee1)',
    'BIOS ROM': 'a BIOS ROM stops with PXE-E52, or PXE-E51 if nobody answered',
  },
  'missing-boot-file': {
    EDK2: 'EDK2 stops with PXE-E23', // E-48
    iPXE: 'iPXE says 2d1261',
    'BIOS ROM': 'a BIOS ROM stops with PXE-T01 and PXE-E3B',
  },
  'unreachable-tftp-server': {
    EDK2: 'EDK2 stops with PXE-E18 after 24 s, at once with PXE-E99 where the port is closed, with PXE-E53 where there is no route', // E-47, E-48
    iPXE: 'iPXE gives up after 15.75 s (4c1260)',
    'U-Boot': 'U-Boot tries for 55 s',
    'BIOS ROM': 'a BIOS ROM stops with PXE-E32',
  },
  'tftp-refused': {
    EDK2: 'EDK2 stops with PXE-E23, or PXE-E99 where the server knows no options', // E-48
    iPXE: 'iPXE says 0212603c, 3c1260 or the like',
    'BIOS ROM': 'a BIOS ROM stops with PXE-T02 and PXE-E3C',
  },
  'wrong-architecture': {
    EDK2: 'EDK2, if it follows, downloads the file and then says Unsupported', // E-20
    iPXE: 'iPXE, if it follows, downloads the file; a BIOS build then hangs',
    'BIOS ROM': 'a BIOS ROM that follows jumps into it and hangs',
  },
  'malformed-offer': {
    EDK2: 'EDK2 drops an offer with a broken option list, and reads only the first instance of option 43', // E-11, E-12, E-17
    iPXE: 'iPXE mostly takes it', // I-6
    'U-Boot': 'U-Boot mostly takes it',
  },
  'boot-file-conflict': {
    EDK2: 'EDK2 follows the PXE server', // E-23
    iPXE: 'iPXE follows the DHCP server', // I-13
    'BIOS ROM': 'a BIOS ROM follows the PXE server', // B-10
    'U-Boot': 'U-Boot follows the DHCP server', // U-5
  },
}

export const effectOf = (rule: FindingRule, firmware: Firmware): string | undefined =>
  EFFECTS[rule]?.[firmware]
