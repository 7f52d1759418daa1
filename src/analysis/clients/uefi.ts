/**
 * UEFI firmware of which no more is known: it asks as a PXE client of some UEFI architecture.
 */
import { clientArchitecture, isPxeClient } from '../../wire/pxe/client.ts'
import type { ClientKind } from './client-kind.ts'

export const UEFI: ClientKind = {
  name: 'UEFI',
  matches: message => isPxeClient(message) && (clientArchitecture(message) ?? 0) !== 0,
  prefers: 'first', // most is made of EDK2: E-22
  neverProbesAddress: true, // E-29
  endsWhenDenied: true, // E-27, E-28
  closesBootFileName: true, // E-54
  countsSecs: true, // E-7
  effects: {
    'multiple-pxe-responders': 'UEFI firmware keeps the first complete PXE OFFER of its window',
    'split-decision': 'UEFI firmware keeps the first complete PXE OFFER of its window',
    'stray-relay-target': 'UEFI firmware keeps the first complete PXE OFFER of its window',
    'router-off-subnet': 'UEFI firmware stops with PXE-E99 before its first TFTP packet',
    'unusable-lease': 'UEFI firmware declines the lease and stops',
    'dead-boot-server-port': 'UEFI firmware stops with PXE-E16 after about 10 s',
  },
}
