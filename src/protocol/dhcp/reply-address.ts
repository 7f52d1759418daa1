/**
 * Where a DHCP, proxyDHCP or boot-server reply goes (RFC 2131 §4.1; S-7 of the firmware facts). Shared by every
 * service that answers clients. Does not send.
 */
import { LIMITED_BROADCAST, ANY_IP4, isLoopbackIp } from '../../core/address.ts'
import type { Datagram, Destination } from '../../core/state-machine.ts'
import { BROADCAST_FLAG, DHCP_PORT, type DhcpMessage } from '../../wire/dhcp/message.ts'
import { clientMac, messageType } from '../../wire/dhcp/options.ts'

/**
 * `reply` decides by its type and yiaddr, `request` by its giaddr, ciaddr and flags, `received` by the interface and
 * the port it came to. A proxy has yiaddr 0 and so broadcasts to a client without address (S-7).
 */
export const replyDestination = (
  request: DhcpMessage,
  reply: Pick<DhcpMessage, 'yiaddr'>,
  received: Datagram,
  isNak = false,
): Destination => {
  const { iface } = received
  if (request.giaddr !== ANY_IP4) return { ip: request.giaddr, port: DHCP_PORT.server }
  // A NAK says that the client's address is not valid here, so it cannot be sent to that (RFC 2131 §4.1).
  if (isNak) return broadcastTo(iface)
  // S-5: a boot server answers the port it was asked from, which need not be 68 nor 4011.
  const port = received.target.port === DHCP_PORT.bootServer ? received.source.port : DHCP_PORT.client
  // RFC 2131 §4.4.1: a DISCOVER has none, so one that has would send the offer to somebody else.
  if (request.ciaddr !== ANY_IP4 && messageType(request) !== 'discover') return { ip: request.ciaddr, port }
  if (received.target.port === DHCP_PORT.bootServer && received.source.ip !== ANY_IP4)
    return { ip: received.source.ip, port }
  // A client on loopback has its address already, and its socket hears no broadcast.
  if (isLoopbackIp(received.source.ip)) return { ip: received.source.ip, port }
  const onEthernet = request.htype === 1 && request.hlen === 6
  if ((request.flags & BROADCAST_FLAG) !== 0 || reply.yiaddr === ANY_IP4 || !onEthernet)
    return broadcastTo(iface)
  return { ip: reply.yiaddr, port: DHCP_PORT.client, mac: clientMac(request), iface }
}

const broadcastTo = (iface: string): Destination => ({ ip: LIMITED_BROADCAST, port: DHCP_PORT.client, iface })
