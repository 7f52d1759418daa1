/**
 * The few fields of a frame that every view needs of every frame, read where they stand: decoding a hundred thousand
 * frames would keep the page from showing. Does not judge; what does not fit is `other`.
 */
import { type Ip4, type Mac, ip4At, macAt, ANY_IP4 } from '../../core/address.ts'
import { u16At } from '../../core/bytes.ts'
import { AGENT_PORT } from '../../wire/agent/message.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'

/** In the order in which the filter shows them. `pxe`: proxy offers and port 4011. */
export const PROTOCOLS = ['dhcp', 'pxe', 'tftp', 'arp', 'icmp', 'other'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** As much of a frame as is looked at: up to the end of a DHCP message's chaddr. */
export const PEEK_LENGTH = 86

export interface Peek {
  source: Mac
  target: Mac
  sourceIp: Ip4 | undefined
  targetIp: Ip4 | undefined
  protocol: Protocol
  /** The machine a DHCP message is about. */
  about: Mac | undefined
}

const ETHERNET = 14
const UDP = ETHERNET + 20
const DHCP = UDP + 8
const { server, client, bootServer } = DHCP_PORT
const AGENT_PORTS: readonly number[] = Object.values(AGENT_PORT)

/** Fills `peek`, so that no object is made for each frame. */
export const peekFrame = (bytes: Uint8Array, length: number, peek: Peek): void => {
  peek.target = macAt(bytes, 0)
  peek.source = macAt(bytes, 6)
  peek.sourceIp = peek.targetIp = peek.about = undefined
  peek.protocol = 'other'
  const type = u16At(bytes, 12)
  if (type === 0x0806 && length >= 42) {
    peek.protocol = 'arp'
    peek.sourceIp = ip4At(bytes, 28)
    peek.targetIp = ip4At(bytes, 38)
  } else if (type === 0x0800 && length >= UDP) {
    peek.sourceIp = ip4At(bytes, ETHERNET + 12)
    peek.targetIp = ip4At(bytes, ETHERNET + 16)
    const protocol = bytes[ETHERNET + 9]
    if (protocol === 1) peek.protocol = 'icmp'
    else if (protocol === 17 && bytes[ETHERNET] === 0x45 && length >= DHCP) peekUdp(bytes, length, peek)
  }
}

const peekUdp = (bytes: Uint8Array, length: number, peek: Peek): void => {
  // A later fragment has no UDP header: it belongs to what was being transferred.
  const fragment = (u16At(bytes, ETHERNET + 6) & 0x1fff) > 0
  const from = u16At(bytes, UDP)
  const to = u16At(bytes, UDP + 2)
  const boots = to === bootServer || from === bootServer
  // Agents speak text; a TFTP packet starts with 0, whatever its port.
  if (!fragment && bytes[DHCP] !== 0 && (AGENT_PORTS.includes(to) || AGENT_PORTS.includes(from))) return
  if (fragment || (!boots && to !== server && to !== client)) {
    peek.protocol = 'tftp'
    return
  }
  const proxy = bytes[DHCP] === 2 && ip4At(bytes, DHCP + 16) === ANY_IP4
  peek.protocol = boots || proxy ? 'pxe' : 'dhcp'
  if (length >= DHCP + 34) peek.about = macAt(bytes, DHCP + 28)
}
