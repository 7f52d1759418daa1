/**
 * U-Boot, known by its class, or by what no other firmware says.
 */
import { OPTION, classIdentifier, first, maximumMessageSize } from '../../wire/dhcp/options.ts'
import type { ClientKind } from './client-kind.ts'

export const U_BOOT: ClientKind = {
  name: 'U-Boot',
  matches: message =>
    classIdentifier(message)?.startsWith('U-Boot') === true ||
    // U-1: 576 is said by no other firmware; its EFI boot method says PXEClient.
    (maximumMessageSize(message) === 576 && first(message, OPTION.clientNetworkInterface)?.[1] === 1),
  bootsByDhcpAlone: true,
  knownByName: true,
  effects: {
    'multiple-dhcp-servers': 'U-Boot takes the first OFFER', // U-3
    'unreachable-tftp-server': 'U-Boot retries for 55 s',
    'malformed-offer': 'U-Boot mostly accepts it',
    'boot-file-conflict': 'U-Boot follows the DHCP server', // U-5
  },
}
