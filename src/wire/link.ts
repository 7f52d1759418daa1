/**
 * Frames of the link layers that captures come with. What has no Ethernet addresses gets zero for them. Does not read
 * USB captures; what is carried inside packets is `carrier.ts`.
 */
import { BROADCAST_MAC, macAt, toMac } from '../core/address.ts'
import type { Mac } from '../core/address.ts'
import { u16At } from '../core/bytes.ts'
import { decoded, undecodable } from '../core/decoded.ts'
import type { Decoded, Issue } from '../core/decoded.ts'
import { LINK_TYPE } from './capture/record.ts'
import { decodeFrame, readPacket } from './ethernet.ts'
import type { Frame } from './frame.ts'
import { ETHER_TYPE } from './layout.ts'
import { decodeRadiotap, decodeWireless } from './wireless.ts'

const NO_MAC = toMac(0)

/** `linkType` as in `CapturedFrame`. Never throws. */
export const decodeLink = (linkType: number, bytes: Uint8Array): Decoded<Frame> => {
  switch (linkType) {
    case LINK_TYPE.ethernet:
      return decodeFrame(bytes)
    case LINK_TYPE.rawIp:
    case LINK_TYPE.rawIp4:
      return decodeRawIp(bytes)
    case LINK_TYPE.linuxSll:
      return decodeCooked(bytes, SLL)
    case LINK_TYPE.linuxSll2:
      return decodeCooked(bytes, SLL2)
    case LINK_TYPE.bsdNull:
    case LINK_TYPE.bsdLoop:
      return decodeBsdLoopback(bytes)
    case LINK_TYPE.ppp:
      return decodePpp(bytes)
    case LINK_TYPE.ieee80211:
      return decodeWireless(bytes)
    case LINK_TYPE.radiotap:
      return decodeRadiotap(bytes)
    default:
      return undecodable('link.unsupported', 0, `link type ${linkType} is not read`, LINK_TYPE_LIST)
  }
}

const LINK_TYPE_LIST = 'tcpdump.org link-layer header types'

const decodeRawIp = (bytes: Uint8Array): Decoded<Frame> => {
  const etherType = bytes.length > 0 && bytes[0]! >>> 4 === 6 ? ETHER_TYPE.ip6 : ETHER_TYPE.ip4
  const issues: Issue[] = []
  return decoded({ target: NO_MAC, source: NO_MAC, packet: readPacket(etherType, bytes, 0, issues) }, issues)
}

const AF_INET = 2

/** The address family in four bytes of the capturing machine's order (NULL), or in network order (LOOP). */
const decodeBsdLoopback = (bytes: Uint8Array): Decoded<Frame> => {
  const isIp4 = bytes.length >= 4 && (bytes[0] === AF_INET || bytes[3] === AF_INET)
  return isIp4
    ? decodeRawIp(bytes.subarray(4))
    : undecodable('link.unsupported', 0, 'no IPv4 in a loopback frame', LINK_TYPE_LIST)
}

/** RFC 1661 §2, with or without the address and control bytes of RFC 1662. */
const decodePpp = (bytes: Uint8Array): Decoded<Frame> => {
  const at = u16At(bytes, 0) === 0xff03 ? 2 : 0
  return bytes.length >= at + 2 && u16At(bytes, at) === 0x0021
    ? decodeRawIp(bytes.subarray(at + 2))
    : undecodable('link.unsupported', 0, 'no IPv4 in a PPP frame', LINK_TYPE_LIST)
}

/** Where the two versions of Linux "cooked" capture keep what we want; both are big-endian. */
interface Cooked {
  readonly headerLength: number
  readonly etherType: number
  /** Of the low byte. */
  readonly packetType: number
  readonly addressLength: (bytes: Uint8Array) => number
  readonly address: number
}

const SLL: Cooked = {
  headerLength: 16,
  etherType: 14,
  packetType: 1,
  addressLength: b => u16At(b, 4),
  address: 6,
}
const SLL2: Cooked = {
  headerLength: 20,
  etherType: 0,
  packetType: 10,
  addressLength: b => b[11]!,
  address: 12,
}

const TO_EVERYBODY = 1

/** Only the sender's address is kept there; of the receiver only whether it was everybody. */
const decodeCooked = (bytes: Uint8Array, layout: Cooked): Decoded<Frame> => {
  if (bytes.length < layout.headerLength)
    return undecodable('link.truncated', 0, `${bytes.length} bytes hold no cooked header`, LINK_TYPE_LIST)
  const source: Mac = layout.addressLength(bytes) === 6 ? macAt(bytes, layout.address) : NO_MAC
  const target = bytes[layout.packetType] === TO_EVERYBODY ? BROADCAST_MAC : NO_MAC
  const issues: Issue[] = []
  const packet = readPacket(u16At(bytes, layout.etherType), bytes, layout.headerLength, issues)
  return decoded({ target, source, packet }, issues)
}
