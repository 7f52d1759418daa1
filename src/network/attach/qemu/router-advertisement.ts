/**
 * The one IPv6 packet of the project: a router's answer to a router solicitation (RFC 4861 §4.2), so that a guest finds
 * IPv6 on its network. It offers no prefix and no route (lifetime 0): it ends iPXE's waiting and changes nothing else
 * (I-50). Does not do IPv6 otherwise.
 */
import { toMac, writeMac } from '../../../core/address.ts'
import { writeU16 } from '../../../core/bytes.ts'
import { addWords, checksumOf } from '../../../wire/checksum.ts'
import { FrameView } from '../../../wire/frame-view.ts'
import { ETHERNET, ETHER_TYPE, ICMP, IP6, IP_PROTOCOL } from '../../../wire/layout.ts'

const ROUTER_MAC = toMac(0x026e62fffffe)
/** RFC 2464 §7. */
const ALL_NODES_MAC = toMac(0x333300000001)
const SOLICITATION = 133
const ADVERTISEMENT = 134
/** Hop limit of what comes from a neighbour: it was not forwarded (RFC 4861 §6.1). */
const FRESH = 255

/** Of 16 bytes: fe80::6eff:feff:fffe, ff02::1. */
const ROUTER = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x6e, 0x62, 0xff, 0xfe, 0xff, 0xff, 0xfe]
const ALL_NODES = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]

/** The frame that answers this one, if it is a router solicitation. */
export const routerAdvertisement = (frame: Uint8Array): Uint8Array | undefined => {
  const view = new FrameView()
  view.read(frame)
  if (view.protocol !== IP_PROTOCOL.icmp6 || frame[view.bodyAt + ICMP.type] !== SOLICITATION) return undefined
  // Header, hop limit 64, no flags, lifetime 0, timers 0; then the router's own link-layer address (option 1).
  const message = Uint8Array.of(
    ADVERTISEMENT,
    0,
    0,
    0,
    64,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
  )
  writeMac(message, 18, ROUTER_MAC)
  const packet = ETHERNET.length
  const body = packet + IP6.length
  const answer = new Uint8Array(body + message.length)
  writeMac(answer, ETHERNET.target, ALL_NODES_MAC)
  writeMac(answer, ETHERNET.source, ROUTER_MAC)
  writeU16(answer, ETHERNET.type, ETHER_TYPE.ip6)
  answer[packet + IP6.version] = 0x60
  writeU16(answer, packet + IP6.payloadLength, message.length)
  answer[packet + IP6.nextHeader] = IP_PROTOCOL.icmp6
  answer[packet + IP6.hopLimit] = FRESH
  answer.set(ROUTER, packet + IP6.source)
  answer.set(ALL_NODES, packet + IP6.target)
  answer.set(message, body)
  // RFC 4443 §2.3: over addresses, length, next header and message.
  const sum = addWords(message.length + IP_PROTOCOL.icmp6, answer, packet + IP6.source, answer.length)
  writeU16(answer, body + ICMP.checksum, checksumOf(sum))
  return answer
}
