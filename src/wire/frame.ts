/**
 * Ethernet frames as values. The virtual network passes these about and encodes them (`encodeFrame`) only where
 * somebody looks at bytes. Types only; no IPv6, no TCP: those travel as raw bodies.
 */
import type { Ip4, Mac } from '../core/address.ts'

export interface Frame {
  readonly target: Mac
  readonly source: Mac
  readonly packet: ArpPacket | Ip4Packet | OtherPacket
}

/** RFC 826, for Ethernet and IPv4. */
export interface ArpPacket {
  readonly kind: 'arp'
  readonly operation: 'request' | 'reply'
  readonly senderMac: Mac
  readonly senderIp: Ip4
  readonly targetMac: Mac
  readonly targetIp: Ip4
}

/** RFC 791. Header options are skipped on decoding and never sent. */
export interface Ip4Packet {
  readonly kind: 'ip4'
  readonly source: Ip4
  readonly target: Ip4
  readonly ttl: number
  readonly identification: number
  readonly dontFragment: boolean
  readonly moreFragments: boolean
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset: number
  /** A fragment (offset > 0 or more to come) always has a raw body. */
  readonly body: UdpPacket | IcmpPacket | RawBody
}

export interface UdpPacket {
  readonly kind: 'udp'
  readonly sourcePort: number
  readonly targetPort: number
  readonly payload: Uint8Array
}

/** RFC 792; `rest` is the second 32-bit word, `payload` what follows it. */
export interface IcmpPacket {
  readonly kind: 'icmp'
  readonly type: number
  readonly code: number
  readonly rest: number
  readonly payload: Uint8Array
}

export interface RawBody {
  readonly kind: 'raw'
  readonly protocol: number
  readonly bytes: Uint8Array
}

export interface OtherPacket {
  readonly kind: 'other'
  readonly etherType: number
  readonly bytes: Uint8Array
}
