/**
 * iPXE, in a ROM or loaded by other firmware: it says who it is (I-2).
 */
import { latin1Text } from '../../core/bytes.ts'
import { SECOND } from '../../core/micros.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION, first } from '../../wire/dhcp/options.ts'
import type { ClientKind } from './client-kind.ts'

/** By its user class, or by its encapsulated options. */
const isIpxe = (message: DhcpMessage): boolean => {
  if (first(message, OPTION.ipxeEncapsulated)) return true
  const userClass = first(message, OPTION.userClass)
  return userClass !== undefined && userClasses(userClass).some(text => text.startsWith(NAME))
}
const NAME = 'iPXE'

/** The option as it is, which is how iPXE sends it, and as RFC 3004 §4 has it: instances with a length before each. */
const userClasses = (value: Uint8Array): string[] => {
  const classes = [latin1Text(value)]
  for (let at = 0; at < value.length; at += 1 + value[at]!)
    classes.push(latin1Text(value, at + 1, Math.min(at + 1 + value[at]!, value.length)))
  return classes
}

export const IPXE: ClientKind = {
  name: NAME,
  matches: isIpxe,
  prefers: 'last', // I-6
  localBootQuiet: 20 * SECOND, // I-51: it may wait 16 s for an IPv6 router after its lease
  loader: { files: /ipxe|undionly|snponly|netboot\.xyz|gpxe|\.k?kpxe$/i },
  readsUrls: true,
  knownByName: true,
  effects: {
    // I-6 … I-8
    'multiple-pxe-responders':
      'iPXE takes the last PXE OFFER before the address is offered, else the first after it',
    'split-decision': 'iPXE takes the last PXE OFFER before the address is offered, else the first after it',
    'stray-relay-target':
      'iPXE takes the last PXE OFFER before the address is offered, else the first after it',
    'job-lost': 'iPXE continues with the local disk', // I-18
    'multiple-dhcp-servers': 'iPXE takes the last OFFER before it leaves discovery', // I-5
    'dead-boot-server-port': 'iPXE continues after 3.75 s with the boot file that DHCP named', // I-11
    'no-pxe-responder': 'iPXE shows "Nothing to boot" (2d03e1)',
    'no-dhcp-server': 'iPXE gives up after 15 s (040ee1)',
    'router-off-subnet': 'iPXE still boots from servers on its own subnet',
    'missing-boot-file': 'iPXE shows 2d1261',
    'unreachable-tftp-server': 'iPXE gives up after 15.75 s (4c1260)',
    'tftp-refused': 'iPXE shows 0212603c, 3c1260 or a similar code',
    'wrong-architecture': 'iPXE downloads the file if it follows this OFFER; a BIOS build then hangs',
    'malformed-offer': 'iPXE mostly accepts it', // I-6
    'boot-file-conflict': 'iPXE follows the DHCP server', // I-13
  },
}
