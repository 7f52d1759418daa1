/**
 * The boot ROM of a BIOS machine, and what says that it is one.
 */
import { clientArchitecture, isPxeClient } from '../../wire/pxe/client.ts'
import type { ClientKind } from './client-kind.ts'

export const BIOS_ROM: ClientKind = {
  name: 'BIOS ROM',
  matches: message => isPxeClient(message) && (clientArchitecture(message) ?? 0) === 0,
  prefers: 'first', // B-10
  effects: {
    'multiple-pxe-responders': 'a BIOS ROM keeps the first PXE OFFER', // B-7
    'split-decision': 'a BIOS ROM keeps the first PXE OFFER',
    'stray-relay-target': 'a BIOS ROM keeps the first PXE OFFER',
    'job-lost': 'a BIOS ROM shows PXE-M0F', // NBS-17
    'multiple-dhcp-servers': 'a BIOS ROM takes the first OFFER of the best class', // B-12
    'dead-boot-server-port': 'a BIOS ROM stops with PXE-E55', // B-14
    'no-pxe-responder': 'a BIOS ROM stops with PXE-E53',
    'no-dhcp-server': 'a BIOS ROM stops with PXE-E52, or PXE-E51 if no server answered',
    'client-denied': 'a BIOS ROM treats a NAK like silence', // B-11
    'missing-boot-file': 'a BIOS ROM stops with PXE-T01 and PXE-E3B',
    'unreachable-tftp-server': 'a BIOS ROM stops with PXE-E32',
    'tftp-refused': 'a BIOS ROM stops with PXE-T02 and PXE-E3C',
    'wrong-architecture': 'a BIOS ROM that loads the file jumps into it and hangs',
    'boot-file-conflict': 'a BIOS ROM follows the PXE server', // B-10
  },
}
