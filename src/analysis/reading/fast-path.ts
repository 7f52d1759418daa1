/**
 * The fast path: classifies a record without decoding it, because most of a capture is TCP or the middle of a transfer.
 * Tells what need not be decoded, and where a UDP datagram lies. Whatever is unusual (fragments, broken headers) is left
 * to the decoders; does not judge and does not allocate.
 */
import { ANY_IP4, type Ip4, ip4At, ip4Words } from '../../core/address.ts'
import { u16At, u32At } from '../../core/bytes.ts'
import { LINK_TYPE } from '../../wire/capture/record.ts'
import { GRE_PROTOCOL, isCarrierPort } from '../../wire/carrier.ts'
import { addWords, fold } from '../../wire/checksum.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { ip4BodyStart, ip4FragmentBits, packetStart } from '../../wire/frame-view.ts'
import { ETHERNET, ETHER_TYPE, IP4, IP_PROTOCOL, UDP, VLAN_TAG } from '../../wire/layout.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import type { RecordView } from './record.ts'

/** `ignored`: nothing that is judged. `datagram`: a whole UDP datagram between ports of no service. */
export type RecordClass = 'ignored' | 'datagram' | 'decode'

/** With more, a frame is left to the decoders. */
const TAGS_KEPT = 3

// Every frame of a capture passes here: the engine folds constants of a module into its code, and loads imported ones.
const { ethernet, linuxSll, linuxSll2, rawIp, rawIp4 } = LINK_TYPE
const { type: TYPE_AT, length: ETHERNET_LENGTH } = ETHERNET
const { ip4: TYPE_IP4, ip6: TYPE_IP6 } = ETHER_TYPE
const { udp: PROTOCOL_UDP, icmp: PROTOCOL_ICMP } = IP_PROTOCOL
const { protocol: PROTOCOL_AT, totalLength: LENGTH_AT, source: SOURCE_AT, target: TARGET_AT } = IP4
const { sourcePort: SOURCE_PORT_AT, targetPort: TARGET_PORT_AT, datagramLength: UDP_LENGTH_AT } = UDP
const { length: UDP_LENGTH } = UDP
const { server, client, bootServer } = DHCP_PORT
const TFTP = TFTP_PORT

/** What is plain about the record that was classified last. */
export class FastPath {
  /** The buffer in which that record lies. */
  bytes: Uint8Array = new Uint8Array(0)
  source: Ip4 = ANY_IP4
  target: Ip4 = ANY_IP4
  sourcePort = 0
  targetPort = 0
  /** Of the UDP payload, in `bytes`. */
  start = 0
  end = 0
  /** Bytes of payload that the capture has cut off. */
  missing = 0
  /** VLAN tags as they stand there, the outermost first; 0 = none. */
  tags = 0
  /** A datagram of DHCPv6 was among the records so far. */
  sawDhcp6 = false
  #ip = 0
  #udp = 0

  classify({ bytes, start, end, linkType }: Readonly<RecordView>): RecordClass {
    this.bytes = bytes
    this.tags = 0
    switch (linkType) {
      case ethernet:
        return this.#ethernet(bytes, start, end)
      case linuxSll:
        return end - start < 16 ? 'decode' : this.#packet(bytes, u16At(bytes, start + 14), start + 16, end)
      case linuxSll2:
        return end - start < 20 ? 'decode' : this.#packet(bytes, u16At(bytes, start), start + 20, end)
      case rawIp:
      case rawIp4:
        return this.#packet(bytes, TYPE_IP4, start, end)
      default:
        return 'decode'
    }
  }

  /** False if the datagram was damaged on its way; true if the capture cannot tell. */
  isIntact(): boolean {
    const { bytes } = this
    const at = this.#udp
    const sent = u16At(bytes, at + UDP.checksum)
    if (sent === 0 || this.missing > 0) return true
    const { source, target } = this
    const length = this.end - at
    const pseudo = ip4Words(source) + ip4Words(target) + IP_PROTOCOL.udp + length
    return fold(addWords(pseudo, bytes, at, this.end)) === 0xffff || sent === fold(pseudo)
  }

  /** What no two datagrams of one transfer have in common: IP identification, and length and checksum of UDP. */
  get identification(): number {
    return u16At(this.bytes, this.#ip + IP4.identification)
  }
  get lengthAndChecksum(): number {
    return u32At(this.bytes, this.#udp + UDP.datagramLength)
  }

  #ethernet(bytes: Uint8Array, start: number, end: number): RecordClass {
    if (end - start < ETHERNET_LENGTH + IP4.length) return 'decode'
    const type = u16At(bytes, start + TYPE_AT)
    if (type === TYPE_IP4) return this.#packet(bytes, type, start + ETHERNET_LENGTH, end)
    const at = packetStart(bytes, start, end)
    if (at !== start + ETHERNET_LENGTH && !this.#keepTags(bytes, start + TYPE_AT, at)) return 'decode'
    return this.#packet(bytes, u16At(bytes, at - 2), at, end)
  }

  /** False if there are too many. */
  #keepTags(bytes: Uint8Array, first: number, packet: number): boolean {
    if (packet < 0 || packet > first + 2 + TAGS_KEPT * VLAN_TAG.length) return false
    for (let at = first; at + 2 < packet; at += VLAN_TAG.length)
      this.tags = this.tags * 0x10000 + u16At(bytes, at + VLAN_TAG.control)
    return true
  }

  #packet(bytes: Uint8Array, etherType: number, at: number, end: number): RecordClass {
    if (etherType === TYPE_IP6) {
      this.sawDhcp6 ||= isDhcp6(bytes, at, end)
      return 'ignored'
    }
    if (etherType !== TYPE_IP4) return 'decode'
    const udp = ip4BodyStart(bytes, at, end)
    if (udp < 0) return 'decode'
    const protocol = bytes[at + PROTOCOL_AT]!
    if (protocol !== PROTOCOL_UDP)
      return protocol === PROTOCOL_ICMP || protocol === GRE_PROTOCOL ? 'decode' : 'ignored'
    if (ip4FragmentBits(bytes, at) !== 0 || end < udp + UDP_LENGTH) return 'decode'
    return this.#datagram(bytes, at, udp, end)
  }

  #datagram(bytes: Uint8Array, at: number, udp: number, limit: number): RecordClass {
    this.sourcePort = u16At(bytes, udp + SOURCE_PORT_AT)
    this.targetPort = u16At(bytes, udp + TARGET_PORT_AT)
    if (isServicePort(this.sourcePort) || isServicePort(this.targetPort)) return 'decode'
    const end = udp + u16At(bytes, udp + UDP_LENGTH_AT)
    if (end < udp + UDP_LENGTH || end > at + u16At(bytes, at + LENGTH_AT)) return 'decode'
    this.#ip = at
    this.#udp = udp
    this.source = ip4At(bytes, at + SOURCE_AT)
    this.target = ip4At(bytes, at + TARGET_AT)
    this.start = udp + UDP_LENGTH
    this.end = Math.min(end, limit)
    this.missing = end - this.end
    return 'datagram'
  }
}

/** Without extension headers, as DHCPv6 comes (RFC 8415 §7.2): the header of UDP follows the 40 bytes of IPv6. */
const isDhcp6 = (bytes: Uint8Array, at: number, end: number): boolean => {
  if (end < at + 44 || bytes[at + 6] !== PROTOCOL_UDP) return false
  const port = u16At(bytes, at + 42)
  return port === 546 || port === 547
}

const isServicePort = (port: number): boolean =>
  port === server || port === client || port === bootServer || port === TFTP || isCarrierPort(port)
