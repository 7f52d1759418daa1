/**
 * What every view needs of every frame, read where it stands: decoding a hundred thousand frames would keep the page from
 * showing. Does not judge; what no rule knows is `udp` or `other`.
 */
import { ANY_IP4, type Mac, ip4At, macAt } from '../../core/address.ts'
import { BOOTREPLY, DHCP_PORT } from '../../wire/dhcp/message.ts'
import { FrameView } from '../../wire/frame-view.ts'
import { DHCP, IP_PROTOCOL } from '../../wire/layout.ts'
import { udpPayload } from '../../wire/udp-payload.ts'

/** In the order in which the filter shows them. `pxe`: proxy offers and port 4011; `udp`: any other datagram. */
export const PROTOCOLS = ['dhcp', 'pxe', 'tftp', 'udp', 'arp', 'icmp', 'other'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** As much of a frame as is looked at: up to the end of a DHCP message's chaddr, behind two VLAN tags. */
export const PEEK_LENGTH = 86

/** Packets in fragments whose protocol is remembered for the fragments that follow. */
export const MAX_FRAGMENTED = 1024

const MAC_LENGTH = 6

/** Moved from frame to frame, in their order, so that no object is made for each. */
export class FramePeek extends FrameView {
  kind: Protocol = 'other'
  /** The machine a DHCP message is about. */
  about: Mac | undefined
  readonly #begun = new Map<number, Protocol>()

  /** The first `length` bytes are those of the frame. */
  look(bytes: Uint8Array, length: number): void {
    this.read(bytes, 0, length)
    this.about = undefined
    this.kind = this.#kindOf()
  }

  #kindOf(): Protocol {
    if (this.isArp) return 'arp'
    const { protocol } = this
    if (protocol === IP_PROTOCOL.icmp || protocol === IP_PROTOCOL.icmp6) return 'icmp'
    if (protocol !== IP_PROTOCOL.udp) return 'other'
    // A later fragment has no ports: it belongs to the packet that began.
    if (this.isLaterFragment) return (this.version === 4 && this.#begun.get(this.packetKey)) || 'udp'
    const kind = this.isUdp ? this.#datagram() : 'udp'
    if (this.isFragment && this.version === 4) this.#begin(kind)
    return kind
  }

  #begin(kind: Protocol): void {
    if (this.#begun.size >= MAX_FRAGMENTED) this.#begun.clear()
    this.#begun.set(this.packetKey, kind)
  }

  #datagram(): Protocol {
    const { bytes, sourcePort, targetPort, payloadAt: at, end } = this
    switch (udpPayload(sourcePort, targetPort, bytes, at, end)) {
      case 'dhcp': {
        if (end >= at + DHCP.chaddr + MAC_LENGTH) this.about = macAt(bytes, at + DHCP.chaddr)
        const isProxy = bytes[at + DHCP.op] === BOOTREPLY && ip4At(bytes, at + DHCP.yiaddr) === ANY_IP4
        const { bootServer } = DHCP_PORT
        return isProxy || sourcePort === bootServer || targetPort === bootServer ? 'pxe' : 'dhcp'
      }
      case 'tftp':
        return 'tftp'
      case 'agent':
      case 'other':
        return 'udp'
    }
  }
}
