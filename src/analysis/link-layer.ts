/**
 * A captured record -> a frame, whatever the link layer of the capture (LINKTYPE numbers of the pcap registry).
 * A VLAN is a broadcast domain of its own: its number is appended to the segment. Does not read Wi-Fi headers.
 */
import { BROADCAST_MAC, isMulticast, macAt, toMac } from '../core/address.ts'
import { u16At } from '../core/bytes.ts'
import type { Issue } from '../core/decoded.ts'
import { ETHER_TYPE, decodeFrame, readPacket } from '../wire/ethernet.ts'
import type { Frame } from '../wire/frame.ts'

export const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  linuxCooked: 113,
  ip4: 228,
  linuxCooked2: 276,
} as const

/** No MAC is known: such a source is never used to tell machines apart. */
export const NO_MAC = toMac(0)

const TAG_TYPES: readonly number[] = [0x8100, 0x88a8, 0x9100, 0x9200]

export interface LinkFrame {
  readonly frame: Frame
  readonly segment: string
  readonly issues: readonly Issue[]
}

/** Undefined if there is no frame to read, or the link layer is not known here. */
export const readLink = (bytes: Uint8Array, linkType: number, segment: string): LinkFrame | undefined => {
  switch (linkType) {
    case LINK_TYPE.ethernet: {
      const result = decodeFrame(bytes)
      return result.ok
        ? { frame: result.value, segment: withVlan(bytes, segment), issues: result.issues }
        : undefined
    }
    case LINK_TYPE.raw:
    case LINK_TYPE.ip4:
      return bare(bytes, 0, ETHER_TYPE.ip4, segment)
    case LINK_TYPE.null:
    case LINK_TYPE.loop:
      return bytes.length > 4 && bytes[4]! >>> 4 === 4 ? bare(bytes, 4, ETHER_TYPE.ip4, segment) : undefined
    case LINK_TYPE.linuxCooked:
      return cooked(bytes, 14, 6, 16, segment)
    case LINK_TYPE.linuxCooked2:
      return cooked(bytes, 0, 12, 20, segment)
    default:
      return undefined
  }
}

const withVlan = (bytes: Uint8Array, segment: string): string => {
  if (!TAG_TYPES.includes(u16At(bytes, 12))) return segment
  let at = 12
  let vlans = ''
  while (at + 4 <= bytes.length && at < 28 && TAG_TYPES.includes(u16At(bytes, at))) {
    const vlan = u16At(bytes, at + 2) & 0xfff
    // 0 is a priority tag: the frame belongs to no VLAN (IEEE 802.1Q §6.9).
    if (vlan !== 0) vlans += `.${vlan}`
    at += 4
  }
  return segment + vlans
}

const bare = (bytes: Uint8Array, offset: number, etherType: number, segment: string): LinkFrame => {
  const issues: Issue[] = []
  const packet = readPacket(etherType, bytes, offset, issues)
  const toAll = packet.kind === 'ip4' && (packet.target === 0xffffffff || isMulticast(packet.target))
  return { frame: { target: toAll ? BROADCAST_MAC : NO_MAC, source: NO_MAC, packet }, segment, issues }
}

/** What `tcpdump -i any` writes: the sender's MAC, but not the receiver's. */
const cooked = (
  bytes: Uint8Array,
  typeAt: number,
  macStart: number,
  headerLength: number,
  segment: string,
): LinkFrame | undefined => {
  if (bytes.length < headerLength) return undefined
  const link = bare(bytes, headerLength, u16At(bytes, typeAt), segment)
  return { ...link, frame: { ...link.frame, source: macAt(bytes, macStart) } }
}
