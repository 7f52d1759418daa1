/**
 * The fast path: classifies a record without decoding it, because most of a capture is TCP or the middle of a transfer.
 * Tells what need not be decoded, and where a UDP datagram lies. Whatever is unusual (fragments, broken headers) is left
 * to the decoders; does not judge and does not allocate.
 */
import { type Ip4, ip4At, toIp4, ip4Words } from '../../core/address.ts'
import { u16At, u32At } from '../../core/bytes.ts'
import { LINK_TYPE } from '../../wire/capture/record.ts'
import { GRE_PROTOCOL, isCarrierPort } from '../../wire/carrier.ts'
import { addWords, fold } from '../../wire/checksum.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { ETHER_TYPE } from '../../wire/ethernet.ts'
import { IP_PROTOCOL } from '../../wire/frame.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import type { RecordView } from './record.ts'

/** `ignored`: nothing that is judged. `datagram`: a whole UDP datagram between ports of no service. */
export type RecordClass = 'ignored' | 'datagram' | 'decode'

const FRAGMENT_BITS = 0x3fff
const UDP_HEADER = 8

/** What is plain about the record that was classified last. */
export class FastPath {
  /** The buffer in which that record lies. */
  bytes: Uint8Array = new Uint8Array(0)
  source: Ip4 = toIp4(0)
  target: Ip4 = toIp4(0)
  sourcePort = 0
  targetPort = 0
  /** Of the UDP payload, in `bytes`. */
  start = 0
  end = 0
  /** Bytes of payload that the capture has cut off. */
  missing = 0
  /** VLAN tags as they stand there, the outermost first; 0 = none. */
  tags = 0
  #ip = 0
  #udp = 0

  classify({ bytes, start, end, linkType }: Readonly<RecordView>): RecordClass {
    this.bytes = bytes
    this.tags = 0
    switch (linkType) {
      case LINK_TYPE.ethernet:
        return this.#ethernet(bytes, start, end)
      case LINK_TYPE.linuxSll:
        return end - start < 16 ? 'decode' : this.#packet(bytes, u16At(bytes, start + 14), start + 16, end)
      case LINK_TYPE.linuxSll2:
        return end - start < 20 ? 'decode' : this.#packet(bytes, u16At(bytes, start), start + 20, end)
      case LINK_TYPE.rawIp:
      case LINK_TYPE.rawIp4:
        return this.#packet(bytes, ETHER_TYPE.ip4, start, end)
      default:
        return 'decode'
    }
  }

  /** False if the datagram was damaged on its way; true if the capture cannot tell. */
  isIntact(): boolean {
    const { bytes } = this
    const at = this.#udp
    const sent = u16At(bytes, at + 6)
    if (sent === 0 || this.missing > 0) return true
    const { source, target } = this
    const length = this.end - at
    const pseudo = ip4Words(source) + ip4Words(target) + IP_PROTOCOL.udp + length
    return fold(addWords(pseudo, bytes, at, this.end)) === 0xffff || sent === fold(pseudo)
  }

  /** What no two datagrams of one transfer have in common: IP identification, and length and checksum of UDP. */
  get identification(): number {
    return u16At(this.bytes, this.#ip + 4)
  }
  get lengthAndChecksum(): number {
    return u32At(this.bytes, this.#udp + 4)
  }

  #ethernet(bytes: Uint8Array, start: number, end: number): RecordClass {
    if (end - start < 34) return 'decode'
    let at = start + 12
    let type = u16At(bytes, at)
    while (isTagType(type)) {
      this.tags = this.tags * 0x10000 + u16At(bytes, at + 2)
      at += 4
      if (at > start + 24 || end < at + 22) return 'decode'
      type = u16At(bytes, at)
    }
    return this.#packet(bytes, type, at + 2, end)
  }

  #packet(bytes: Uint8Array, etherType: number, at: number, end: number): RecordClass {
    if (etherType === ETHER_TYPE.ip6) return 'ignored'
    if (etherType !== ETHER_TYPE.ip4 || end < at + 20 || bytes[at]! >>> 4 !== 4) return 'decode'
    const protocol = bytes[at + 9]!
    if (protocol !== IP_PROTOCOL.udp)
      return protocol === IP_PROTOCOL.icmp || protocol === GRE_PROTOCOL ? 'decode' : 'ignored'
    const udp = at + (bytes[at]! & 15) * 4
    if ((u16At(bytes, at + 6) & FRAGMENT_BITS) !== 0 || udp < at + 20 || end < udp + UDP_HEADER)
      return 'decode'
    return this.#datagram(bytes, at, udp, end)
  }

  #datagram(bytes: Uint8Array, at: number, udp: number, limit: number): RecordClass {
    this.sourcePort = u16At(bytes, udp)
    this.targetPort = u16At(bytes, udp + 2)
    if (isServicePort(this.sourcePort) || isServicePort(this.targetPort)) return 'decode'
    const end = udp + u16At(bytes, udp + 4)
    if (end < udp + UDP_HEADER || end > at + u16At(bytes, at + 2)) return 'decode'
    this.#ip = at
    this.#udp = udp
    this.source = ip4At(bytes, at + 12)
    this.target = ip4At(bytes, at + 16)
    this.start = udp + UDP_HEADER
    this.end = Math.min(end, limit)
    this.missing = end - this.end
    return 'datagram'
  }
}

const isTagType = (type: number): boolean =>
  type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200

const isServicePort = (port: number): boolean =>
  port === DHCP_PORT.server ||
  port === DHCP_PORT.client ||
  port === DHCP_PORT.bootServer ||
  port === TFTP_PORT ||
  isCarrierPort(port)
