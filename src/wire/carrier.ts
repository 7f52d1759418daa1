/**
 * What carries frames inside packets: tunnels of mirror sessions (ERSPAN, TZSP), overlays (VXLAN, Geneve, NVGRE),
 * wireless controllers (CAPWAP), and the labels and sessions below IP (MPLS, PPPoE). One layer at a time; whoever reads
 * asks again about what came out. Does not reassemble and does not decrypt.
 */
import { u16At, u32At } from '../core/bytes.ts'
import { LINK_TYPE } from './capture/record.ts'
import type { Frame } from './frame.ts'
import { ETHER_TYPE } from './layout.ts'

export interface Carried {
  /** As in `decodeLink`. */
  readonly linkType: number
  readonly bytes: Uint8Array
  /** The carrier and its number: a broadcast domain of its own. `vxlan 42`, `erspan 7`. */
  readonly name: string
}

/** Carriers inside carriers, as far as anybody nests them; what is deeper is left alone. */
export const MAX_CARRIERS = 4

export const GRE_PROTOCOL = 47
const ETHER_TYPES = { pppoe: 0x8864, mpls: 0x8847, mplsMulticast: 0x8848 } as const
const PORTS = {
  vxlan: 4789,
  vxlanLinux: 8472,
  vxlanGpe: 4790,
  geneve: 6081,
  tzsp: 37_008,
  capwapData: 5247,
} as const

/** A UDP datagram between these ports may carry a frame. */
export const isCarrierPort = (port: number): boolean => {
  switch (port) {
    case PORTS.vxlan:
    case PORTS.vxlanLinux:
    case PORTS.vxlanGpe:
    case PORTS.geneve:
    case PORTS.tzsp:
    case PORTS.capwapData:
      return true
    default:
      return false
  }
}

export const isCarrierEtherType = (etherType: number): boolean =>
  etherType === ETHER_TYPES.pppoe || etherType === ETHER_TYPES.mpls || etherType === ETHER_TYPES.mplsMulticast

/** Undefined if the packet carries no frame, or one that cannot be read. Never throws; the bytes are a view. */
export const carriedIn = (packet: Frame['packet']): Carried | undefined => {
  if (packet.kind === 'other') {
    if (packet.etherType === ETHER_TYPES.pppoe) return inPppoe(packet.bytes)
    return isCarrierEtherType(packet.etherType) ? inMpls(packet.bytes) : undefined
  }
  if (packet.kind !== 'ip4' || packet.moreFragments || packet.fragmentOffset > 0) return undefined
  const { body } = packet
  if (body.kind === 'raw') return body.protocol === GRE_PROTOCOL ? inGre(body.bytes) : undefined
  if (body.kind !== 'udp') return undefined
  const { payload } = body
  switch (body.targetPort) {
    case PORTS.vxlan:
    case PORTS.vxlanLinux:
      return inVxlan(payload)
    case PORTS.vxlanGpe:
      return inVxlanGpe(payload)
    case PORTS.geneve:
      return inGeneve(payload)
    case PORTS.tzsp:
      return inTzsp(payload)
    default:
      return body.targetPort === PORTS.capwapData || body.sourcePort === PORTS.capwapData
        ? inCapwap(payload)
        : undefined
  }
}

const u24At = (bytes: Uint8Array, at: number): number => (bytes[at]! << 16) | u16At(bytes, at + 1)

/** What is left behind a header; undefined if the header itself is cut. */
const behind = (bytes: Uint8Array, at: number, linkType: number, name: string): Carried | undefined =>
  at < bytes.length ? { linkType, bytes: bytes.subarray(at), name } : undefined

/** RFC 7348 §5. */
const inVxlan = (bytes: Uint8Array): Carried | undefined =>
  bytes.length < 8 || (bytes[0]! & 0x08) === 0
    ? undefined
    : behind(bytes, 8, LINK_TYPE.ethernet, `vxlan ${u24At(bytes, 4)}`)

/** draft-ietf-nvo3-vxlan-gpe §3: the P bit says that the next protocol is named. */
const inVxlanGpe = (bytes: Uint8Array): Carried | undefined => {
  if (bytes.length < 8 || (bytes[0]! & 0x04) === 0) return inVxlan(bytes)
  const linkType = { 1: LINK_TYPE.rawIp, 3: LINK_TYPE.ethernet }[bytes[3]!]
  return linkType === undefined ? undefined : behind(bytes, 8, linkType, `vxlan ${u24At(bytes, 4)}`)
}

/** RFC 8926 §3.4. */
const inGeneve = (bytes: Uint8Array): Carried | undefined => {
  if (bytes.length < 8 || bytes[0]! >>> 6 !== 0) return undefined
  const linkType = linkTypeOf(u16At(bytes, 2))
  const options = (bytes[0]! & 0x3f) * 4
  return linkType === undefined
    ? undefined
    : behind(bytes, 8 + options, linkType, `geneve ${u24At(bytes, 4)}`)
}

/** Protocol types that GRE and Geneve share: transparent Ethernet bridging, and IP. */
const linkTypeOf = (protocol: number): number | undefined =>
  protocol === 0x6558 ? LINK_TYPE.ethernet : protocol === ETHER_TYPE.ip4 ? LINK_TYPE.rawIp : undefined

const ERSPAN = { type2: 0x88be, type3: 0x22eb } as const

/** RFC 2784, RFC 2890, and RFC 7637 for the key of an overlay. */
const inGre = (bytes: Uint8Array): Carried | undefined => {
  if (bytes.length < 4 || (bytes[1]! & 7) !== 0) return undefined
  const flags = bytes[0]!
  const protocol = u16At(bytes, 2)
  const hasSequence = (flags & 0x10) !== 0
  const keyAt = 4 + (flags & 0x80 ? 4 : 0)
  const at = keyAt + (flags & 0x20 ? 4 : 0) + (hasSequence ? 4 : 0)
  if (protocol === ERSPAN.type2)
    // Type I has neither sequence number nor header.
    return hasSequence ? inErspan(bytes, at, 8) : behind(bytes, at, LINK_TYPE.ethernet, 'erspan')
  if (protocol === ERSPAN.type3) return inErspan(bytes, at, 12)
  const linkType = linkTypeOf(protocol)
  if (linkType === undefined || bytes.length < at) return undefined
  const isOverlay = linkType === LINK_TYPE.ethernet && (flags & 0x20) !== 0
  return behind(bytes, at, linkType, isOverlay ? `nvgre ${u32At(bytes, keyAt) >>> 8}` : 'gre')
}

/** draft-foschiano-erspan §4: the session is in the low ten bits of the second word of both types. */
const inErspan = (bytes: Uint8Array, at: number, headerLength: number): Carried | undefined => {
  if (bytes.length < at + headerLength) return undefined
  // Type III may have a platform-specific subheader, and may carry IP without Ethernet.
  const last = headerLength === 12 ? bytes[at + 11]! : 0
  const subheader = (last & 1) !== 0 ? 8 : 0
  const isIp = headerLength === 12 && ((u16At(bytes, at + 10) >>> 10) & 0x1f) === 2
  return behind(
    bytes,
    at + headerLength + subheader,
    isIp ? LINK_TYPE.rawIp : LINK_TYPE.ethernet,
    `erspan ${u16At(bytes, at + 2) & 0x3ff}`,
  )
}

const TZSP_TAG = { padding: 0, end: 1 } as const
const TZSP_LINKS: Readonly<Record<number, number>> = { 1: LINK_TYPE.ethernet, 18: LINK_TYPE.ieee80211 }

/** TaZmen Sniffer Protocol: a header of four bytes, tags up to the end tag, then the frame. */
const inTzsp = (bytes: Uint8Array): Carried | undefined => {
  if (bytes.length < 5 || bytes[0] !== 1 || bytes[1]! > 1) return undefined
  const linkType = TZSP_LINKS[u16At(bytes, 2)]
  if (linkType === undefined) return undefined
  for (let at = 4; at < bytes.length;) {
    const tag = bytes[at]!
    if (tag === TZSP_TAG.end) return behind(bytes, at + 1, linkType, 'tzsp')
    at += tag === TZSP_TAG.padding ? 1 : 2 + (bytes[at + 1] ?? 0)
  }
  return undefined
}

/** RFC 5415 §4.3: only the data channel, in the clear, and whole frames. */
const inCapwap = (bytes: Uint8Array): Carried | undefined => {
  if (bytes.length < 8 || bytes[0] !== 0) return undefined
  const headerLength = (bytes[1]! >>> 3) * 4
  const isFragment = (bytes[3]! & 0x80) !== 0
  const isNative = (bytes[2]! & 1) !== 0
  const binding = (u16At(bytes, 2) >>> 9) & 0x1f
  if (isFragment || headerLength < 8 || (isNative && binding !== 1)) return undefined
  return behind(bytes, headerLength, isNative ? LINK_TYPE.ieee80211 : LINK_TYPE.ethernet, 'capwap')
}

/** RFC 2516 §4 and RFC 1661 §2: IPv4 in a session. */
const inPppoe = (bytes: Uint8Array): Carried | undefined =>
  bytes.length < 8 || bytes[0] !== 0x11 || bytes[1] !== 0 || u16At(bytes, 6) !== 0x0021
    ? undefined
    : behind(bytes, 8, LINK_TYPE.rawIp, `pppoe ${u16At(bytes, 2)}`)

/** RFC 3032 §2.1; what follows the last label is not named: IPv4, or Ethernet with or without a control word. */
const inMpls = (bytes: Uint8Array): Carried | undefined => {
  for (let at = 0; at + 4 < bytes.length; at += 4) {
    if ((bytes[at + 2]! & 1) === 0) continue
    const name = `mpls ${u24At(bytes, at) >>> 4}`
    const first = bytes[at + 4]! >>> 4
    if (first === 4 || first === 6) return behind(bytes, at + 4, LINK_TYPE.rawIp, name)
    return behind(bytes, at + (first === 0 ? 8 : 4), LINK_TYPE.ethernet, name)
  }
  return undefined
}
