/**
 * What every firmware reads from a DHCP reply in the same way. Does not rank offers and does not choose between
 * option 67 and the field `file`: there each firmware has its own rule.
 */
import { type Ip4, ANY_IP4, classMask, prefixLengthOf } from '../core/address.ts'
import { latin1Text } from '../core/bytes.ts'
import { type Phrase, named, phrase } from '../core/wording.ts'
import type { Address } from '../network/port.ts'
import { decodeDhcp } from '../wire/dhcp/codec.ts'
import { type DhcpMessage, BOOTREPLY } from '../wire/dhcp/message.ts'
import { routers, serverIdentifier, subnetMask } from '../wire/dhcp/options.ts'
import type { Incoming, PcSocket } from './pc.ts'

/** A reply, and from which address it came. */
export interface Received {
  readonly message: DhcpMessage
  readonly source: Ip4
  readonly sourcePort: number
  /** As they came. */
  readonly bytes: Uint8Array
}

/** The DHCP reply that has just come in by this socket, if it is one and answers `xid`. */
export const receivedReply = (
  incoming: Incoming,
  socket: PcSocket,
  xid: number | undefined,
): Received | undefined => {
  if (incoming.kind !== 'datagram' || incoming.socket !== socket) return undefined
  const { payload, source } = incoming.datagram
  const decoded = decodeDhcp(payload)
  if (!decoded.ok) return undefined
  const message = decoded.value
  if (message.op !== BOOTREPLY || (xid !== undefined && message.xid !== xid)) return undefined
  return { message, source: source.ip, sourcePort: source.port, bytes: payload }
}

/** A file name in an option: all firmware reads it as a C string, so it ends at a NUL (some servers append one). */
export const nameIn = (value: Uint8Array): string => {
  const end = value.indexOf(0)
  return latin1Text(value, 0, end < 0 ? value.length : end)
}

/** Who a server says it is: option 54, else siaddr, else where the packet came from. */
export const serverIdentity = (message: DhcpMessage, source: Ip4): Ip4 => {
  const identifier = serverIdentifier(message)
  if (identifier !== undefined && identifier !== ANY_IP4) return identifier
  return message.siaddr === ANY_IP4 ? source : message.siaddr
}

/** Length of the run of ones at the start of a mask; what follows a hole in it is not looked at. */

/** The address an offer or ACK gives, with `mask` (else that of its class) where it names none. */
export const leasedAddress = (message: DhcpMessage, mask?: Ip4): Address => {
  const prefixLength = prefixLengthOf(subnetMask(message) ?? mask ?? classMask(message.yiaddr))
  const router = routers(message)[0]
  const address = { ip: message.yiaddr, prefixLength }
  return router === undefined || router === ANY_IP4 ? address : { ...address, router }
}

/** How a server is named in an explanation: by its identity, and by where the packet came from if that differs. */
export const describeServer = (message: DhcpMessage, source: Ip4): Phrase => {
  const identity = serverIdentity(message, source)
  return identity === source
    ? phrase`${named(identity)}`
    : phrase`${named(identity)} (sent from ${named(source)})`
}
