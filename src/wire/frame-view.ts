/**
 * A frame looked at where it lies: where its headers begin, what they announce, and single fields when asked for. Tolerant:
 * what is cut or broken ends the walk, and what is behind it says so. Does not judge, and does not check sums:
 * `frames.ts` does.
 *
 * The functions are the steps of the walk, for whoever takes a few of them for each of a million frames. `FrameView` takes
 * them all; one view is moved from frame to frame, and allocates nothing but the strings that IPv6 addresses are.
 */
import { type Ip4, type Mac, ip4At, ip4Number, macAt } from '../core/address.ts'
import { u16At } from '../core/bytes.ts'
import { type Ip, ip6At } from '../core/ip.ts'
import {
  ARP,
  ETHERNET,
  ETHER_TYPE,
  IP4,
  IP4_FRAGMENT,
  IP6,
  IP6_FRAGMENT,
  IP_PROTOCOL,
  UDP,
  VLAN_TAG,
  isTagType,
} from './layout.ts'

/** More tags than any network nests; behind them nothing is looked at. */
export const MAX_VLAN_TAGS = 4
/** Extension headers walked over in one IPv6 packet; real ones have one or two. */
export const MAX_IP6_EXTENSIONS = 8

// Constants of a module are folded into its code, and imported ones are loaded: these are read for every frame.
const { length: IP4_LENGTH, fragment: IP4_FRAGMENT_AT } = IP4
const IS_PART = IP4_FRAGMENT.moreFragments | IP4_FRAGMENT.offset

/** Where the packet of an Ethernet frame begins, behind VLAN tags; its type stands before it. -1 if the frame ends earlier. */
export const packetStart = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start + ETHERNET.length
  if (end < at) return -1
  for (let tags = 0; tags < MAX_VLAN_TAGS && isTagType(u16At(bytes, at - 2)); tags++) {
    at += VLAN_TAG.length
    if (end < at) return -1
  }
  return at
}

/** Where what an IPv4 packet carries begins; -1 if there is no header to read. */
export const ip4BodyStart = (bytes: Uint8Array, at: number, end: number): number => {
  if (end < at + IP4_LENGTH) return -1
  const first = bytes[at]!
  // Version 4, and a length that holds a header.
  return first >= 0x45 && first <= 0x4f ? at + (first & 15) * 4 : -1
}

/** Of an IPv4 packet: the bits of `IP4_FRAGMENT` that make it a part of another. */
export const ip4FragmentBits = (bytes: Uint8Array, at: number): number =>
  u16At(bytes, at + IP4_FRAGMENT_AT) & IS_PART

const NO_BYTES = new Uint8Array(0)

export class FrameView {
  bytes: Uint8Array = NO_BYTES
  /** The frame lies from here … */
  start = 0
  /** … to here, as far as it was captured. */
  end = 0
  /** What the header, or its last VLAN tag, announces; -1 if the frame ends before. */
  etherType = -1
  /** Where the packet begins. */
  packetAt = 0
  /** VLAN tags that were walked over. */
  tags = 0
  /** 4 or 6; 0 if there is no IP header to read. */
  version = 0
  /** Number of what the IP packet carries (`IP_PROTOCOL`), behind extension headers; -1 if that is not known. */
  protocol = -1
  /** Where what it carries begins. */
  bodyAt = 0
  /** Part of a packet. */
  isFragment = false
  /** Part of a packet that has its beginning, ports included, in another frame. */
  isLaterFragment = false
  /** Its UDP header is here; only then the fields below mean something. */
  isUdp = false
  sourcePort = 0
  targetPort = 0
  payloadAt = 0
  /** Where the datagram says that its payload ends; beyond `end` if the frame is cut. */
  payloadEnd = 0

  /** An Ethernet frame. */
  read(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const at = packetStart(bytes, start, end)
    const tags = at < 0 ? 0 : (at - start - ETHERNET.length) / VLAN_TAG.length
    this.#place(bytes, start, end, tags)
    this.#packet(bytes, at < 0 ? -1 : u16At(bytes, at - 2), at < 0 ? end : at, end)
  }

  /** What an EtherType announced, for link layers that are not Ethernet: there are no MAC addresses then. */
  readPacket(bytes: Uint8Array, etherType: number, start: number, end: number): void {
    this.#place(bytes, start, end, 0)
    this.#packet(bytes, etherType, start, end)
  }

  get targetMac(): Mac {
    return macAt(this.bytes, this.start + ETHERNET.target)
  }
  get sourceMac(): Mac {
    return macAt(this.bytes, this.start + ETHERNET.source)
  }

  /** Control word of a VLAN tag, the outermost is 0. */
  tagAt(index: number): number {
    return u16At(this.bytes, this.start + ETHERNET.type + index * VLAN_TAG.length + VLAN_TAG.control)
  }

  get isArp(): boolean {
    return this.etherType === ETHER_TYPE.arp && this.end >= this.packetAt + ARP.length
  }

  /** Of an IP packet, or of an ARP message: who sends it. Undefined if there is neither. */
  get sourceIp(): Ip | undefined {
    return this.#ip(ARP.senderIp, IP4.source, IP6.source)
  }
  get targetIp(): Ip | undefined {
    return this.#ip(ARP.targetIp, IP4.target, IP6.target)
  }
  /** Where `version` is 4. */
  get sourceIp4(): Ip4 {
    return ip4At(this.bytes, this.packetAt + IP4.source)
  }
  get targetIp4(): Ip4 {
    return ip4At(this.bytes, this.packetAt + IP4.target)
  }

  /** Equal in all fragments of an IPv4 packet, and hardly ever in others that are under way. Where `version` is 4. */
  get packetKey(): number {
    return ip4Number(this.sourceIp4) * 0x10000 + u16At(this.bytes, this.packetAt + IP4.identification)
  }

  #place(bytes: Uint8Array, start: number, end: number, tags: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.tags = tags
  }

  #packet(bytes: Uint8Array, etherType: number, at: number, end: number): void {
    this.etherType = etherType
    this.packetAt = at
    this.version = 0
    this.protocol = -1
    this.bodyAt = end
    this.isFragment = this.isLaterFragment = this.isUdp = false
    if (etherType === ETHER_TYPE.ip4) this.#ip4(bytes, at, end)
    else if (etherType === ETHER_TYPE.ip6) this.#ip6(bytes, at, end)
  }

  #ip4(bytes: Uint8Array, at: number, end: number): void {
    const body = ip4BodyStart(bytes, at, end)
    if (body < 0) return
    const fragment = ip4FragmentBits(bytes, at)
    this.version = 4
    this.isFragment = fragment !== 0
    this.isLaterFragment = (fragment & IP4_FRAGMENT.offset) !== 0
    this.#body(bytes, bytes[at + IP4.protocol]!, body, end)
  }

  /** Walks over extension headers (RFC 8200 §4) to what they stand before. */
  #ip6(bytes: Uint8Array, at: number, end: number): void {
    if (end < at + IP6.length || bytes[at + IP6.version]! >>> 4 !== 6) return
    this.version = 6
    let next = bytes[at + IP6.nextHeader]!
    let body = at + IP6.length
    for (let walked = 0; isExtension(next) && !this.isLaterFragment; walked++) {
      if (walked === MAX_IP6_EXTENSIONS || end < body + IP6_FRAGMENT.length) return
      const length = next === EXTENSION.fragment ? IP6_FRAGMENT.length : (bytes[body + 1]! + 1) * 8
      if (next === EXTENSION.fragment) {
        const fragment = u16At(bytes, body + IP6_FRAGMENT.fragment)
        this.isLaterFragment = (fragment & IP6_FRAGMENT.offset) !== 0
        this.isFragment = (fragment & (IP6_FRAGMENT.offset | IP6_FRAGMENT.moreFragments)) !== 0
      }
      next = bytes[body]!
      body += length
    }
    this.#body(bytes, next, body, end)
  }

  #body(bytes: Uint8Array, protocol: number, at: number, end: number): void {
    this.protocol = protocol
    this.bodyAt = at
    this.isUdp = protocol === IP_PROTOCOL.udp && !this.isLaterFragment && end >= at + UDP.length
    if (!this.isUdp) return
    this.sourcePort = u16At(bytes, at + UDP.sourcePort)
    this.targetPort = u16At(bytes, at + UDP.targetPort)
    this.payloadAt = at + UDP.length
    this.payloadEnd = at + u16At(bytes, at + UDP.datagramLength)
  }

  #ip(arp: number, ip4: number, ip6: number): Ip | undefined {
    if (this.version === 4) return ip4At(this.bytes, this.packetAt + ip4)
    if (this.version === 6) return ip6At(this.bytes, this.packetAt + ip6)
    return this.isArp ? ip4At(this.bytes, this.packetAt + arp) : undefined
  }
}

/** Those that have a next header and a length in eights of bytes, and the fragment header. */
const EXTENSION = { hopByHop: 0, routing: 43, fragment: 44, destination: 60 } as const

const isExtension = (header: number): boolean =>
  header === EXTENSION.hopByHop ||
  header === EXTENSION.routing ||
  header === EXTENSION.fragment ||
  header === EXTENSION.destination
