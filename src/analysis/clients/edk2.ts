/**
 * EDK2 and the UEFI firmware that is made of it, known by the order of its options.
 */
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/options.ts'
import type { ClientKind } from './client-kind.ts'
import { UEFI } from './uefi.ts'

/** E-2: of its DISCOVER. */
const ORDER = [53, 57, 55, 97, 94, 93, 60] as const
/** E-32: the request to port 4011 has its options sorted. */
const ORDER_ON_4011 = [53, 55, 57, 60, 93, 94, 97] as const

export const EDK2: ClientKind = {
  name: 'EDK2',
  matches: message => UEFI.matches(message) && (hasOrder(message, ORDER) || hasOrder(message, ORDER_ON_4011)),
  refines: UEFI,
  prefers: 'first', // E-22
  neverProbesAddress: true, // E-29
  endsWhenDenied: true, // E-27, E-28
  closesBootFileName: true, // E-54
  countsSecs: true, // E-7
  effects: {
    'multiple-pxe-responders': 'EDK2 keeps the first complete PXE OFFER of its window', // E-19, E-22
    'split-decision': 'EDK2 keeps the first complete PXE OFFER of its window',
    'stray-relay-target': 'EDK2 keeps the first complete PXE OFFER of its window',
    'job-lost': 'EDK2 shows PXE-E21 and starts the next boot device', // E-39
    'multiple-dhcp-servers': 'EDK2 takes the first OFFER of the best class', // E-22
    'dead-boot-server-port': 'EDK2 stops with PXE-E16 after about 10 s, even if DHCP names a boot file', // E-35
    'no-pxe-responder': 'EDK2 stops with PXE-E16 after 60 s', // E-24
    'no-dhcp-server': 'EDK2 stops after 60 s with PXE-E16, or PXE-E18 if no server answered', // E-56
    'router-off-subnet': 'EDK2 stops with PXE-E99 before its first TFTP packet', // measured: OVMF 2022.11
    'unusable-lease': 'EDK2 declines the lease and stops with PXE-E09', // measured: OVMF 2022.11
    'client-denied': 'EDK2 does not start again: it stops, mostly with PXE-E07', // E-27
    'missing-boot-file': 'EDK2 stops with PXE-E23', // E-48
    'unreachable-tftp-server':
      'EDK2 stops with PXE-E18 after 24 s, with PXE-E99 at once if the port is closed, with PXE-E53 if there is no route', // E-47, E-48
    'tftp-refused': 'EDK2 stops with PXE-E23, or with PXE-E99 if the server does not support TFTP options', // E-48
    'wrong-architecture': 'EDK2 downloads the file if it follows this OFFER, and then shows Unsupported', // E-20
    'malformed-offer':
      'EDK2 drops an OFFER with a broken option list, and reads only the first instance of option 43', // E-11, E-12, E-17
    'boot-file-conflict': 'EDK2 follows the PXE server', // E-23
  },
}

/** 54 and 50 stand between in a REQUEST (E-26) and are skipped, as is what others add. */
const SKIPPED: readonly number[] = [
  OPTION.serverIdentifier,
  OPTION.requestedIpAddress,
  OPTION.relayAgentInformation,
  OPTION.vendorSpecific,
]

const hasOrder = (message: DhcpMessage, order: readonly number[]): boolean => {
  let at = 0
  for (const { code } of message.options) {
    if (SKIPPED.includes(code)) continue
    if (code !== order[at]) return false
    at++
  }
  return at === order.length
}
