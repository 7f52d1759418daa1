/**
 * Reads a client's PXE request: is it one, is it for this server, who asks for what. Does not decide whether the
 * machine may be served: `service.ts` does.
 */
import { ANY_IP4, type Endpoint, type Ip4, type Mac } from '../../core/address.ts'
import type { Datagram } from '../../core/state-machine.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  clientMac,
  concatenated,
  messageType,
  requestedIpAddress,
  serverIdentifier,
} from '../../wire/dhcp/options.ts'
import { clientArchitecture, clientMachineIdentifier, isPxeClient } from '../../wire/pxe/client.ts'
import { decodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import { requestIn } from '../dhcp/request.ts'
import type { IgnoredReason } from './events.ts'

export type PxeSocket = 'dhcp' | 'bootServer'

export interface BootItem {
  readonly type: number
  readonly layer: number
}

export interface PxeRequest {
  readonly message: DhcpMessage
  /** `offer` answers a DISCOVER, `ack` everything a boot server is asked. */
  readonly wants: 'offer' | 'ack'
  /** The socket it came to, by which it is answered. */
  readonly via: PxeSocket
  readonly iface: string
  readonly source: Endpoint
  /** Our address on that interface: option 54 and siaddr of the answer (S-9). */
  readonly self: Ip4
  readonly mac: Mac
  readonly uuid: Uint8Array | undefined
  readonly architecture: number
  /** Boot-server discovery (43.71); undefined = the proxy DHCP dialogue. */
  readonly bootItem: BootItem | undefined
}

export interface Refusal {
  readonly refused: IgnoredReason
  readonly mac: Mac | undefined
  /** What the machine asks the DHCP server for. */
  readonly address?: Ip4 | undefined
}

export const readPxeRequest = (
  via: PxeSocket,
  datagram: Datagram,
  self: Ip4 | undefined,
  bootServerType: number,
): PxeRequest | Refusal => {
  const message = requestIn(datagram.payload)
  if ('refused' in message) return message
  const mac = clientMac(message)
  const refused = (reason: IgnoredReason): Refusal => ({ refused: reason, mac })
  if (!isPxeClient(message)) return refused('no-pxe-client') // S-1
  if (self === undefined) return refused('no-address')
  const type = messageType(message)
  if (type !== 'discover' && type !== 'request' && type !== 'inform') return refused('other-message')
  const bootItem = type === 'discover' ? undefined : bootItemOf(message)
  const misdirected =
    type === 'discover' ? onDhcpPort(via) : forThisBootServer(via, message, self, bootItem, bootServerType)
  if (misdirected === 'for-dhcp-server')
    return { refused: misdirected, mac, address: addressAskedFor(message) }
  if (misdirected) return refused(misdirected)
  return {
    message,
    wants: type === 'discover' ? 'offer' : 'ack',
    via,
    iface: datagram.iface,
    source: datagram.source,
    self,
    mac,
    uuid: clientMachineIdentifier(message),
    architecture: clientArchitecture(message) ?? 0, // RFC 4578 §2.1: a client that says nothing is a BIOS PC
    bootItem,
  }
}

/** S-5: a boot server is asked on 4011, never with a DISCOVER. */
const onDhcpPort = (via: PxeSocket): IgnoredReason | undefined =>
  via === 'dhcp' ? undefined : 'other-message'

/** Is a REQUEST or INFORM ours? S-4: on port 67 only boot-server discovery is, the rest is the DHCP server's. */
const forThisBootServer = (
  via: PxeSocket,
  message: DhcpMessage,
  self: Ip4,
  bootItem: BootItem | undefined,
  bootServerType: number,
): IgnoredReason | undefined => {
  if (via === 'dhcp' && !bootItem) return 'for-dhcp-server'
  const wanted = serverIdentifier(message)
  if (wanted !== undefined && wanted !== self) return 'for-other-server'
  if (bootItem && bootItem.type !== bootServerType) return 'other-boot-server-type' // S-5
  if (bootItem && bootItem.layer !== 0) return 'other-layer'
  return undefined
}

/** RFC 2131 §4.3.2: option 50 while it is new, ciaddr in a renewal. */
const addressAskedFor = (message: DhcpMessage): Ip4 | undefined =>
  requestedIpAddress(message) ?? (message.ciaddr === ANY_IP4 ? undefined : message.ciaddr)

/** Type 0 stands for the local disk, which nobody discovers: such a request is the plain dialogue. */
export const bootItemOf = (message: DhcpMessage): BootItem | undefined => {
  const vendor = concatenated(message, OPTION.vendorSpecific)
  if (!vendor || vendor.length === 0) return undefined
  const read = decodePxeVendor(vendor)
  const item = read.ok ? read.value.bootItem : undefined
  return item && item.type !== 0 ? item : undefined
}
