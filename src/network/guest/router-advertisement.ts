/**
 * The one IPv6 packet of the project: a router's answer to a router solicitation (RFC 4861 §4.2), so that a guest finds
 * IPv6 on its network. It offers no prefix and no route (lifetime 0): it ends iPXE's waiting and changes nothing else
 * (I-50). Does not do IPv6 otherwise.
 */
import { toMac, writeMac } from '../../core/address.ts'
import { u16At, writeU16 } from '../../core/bytes.ts'

const ROUTER_MAC = toMac(0x026e62fffffe)
/** RFC 2464 §7. */
const ALL_NODES_MAC = toMac(0x333300000001)
/** Where things stand in an Ethernet frame with an IPv6 packet without extension headers. */
const AT = { etherType: 12, payloadLength: 18, nextHeader: 20, source: 22, target: 38, icmp: 54 } as const
const ICMP6 = 58
const SOLICITATION = 133
const ADVERTISEMENT = 134

/** Of 16 bytes: fe80::6eff:feff:fffe, ff02::1. */
const ROUTER = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x6e, 0x62, 0xff, 0xfe, 0xff, 0xff, 0xfe]
const ALL_NODES = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]

/** The frame that answers this one, if it is a router solicitation. */
export const routerAdvertisement = (frame: Uint8Array): Uint8Array | undefined => {
  const solicits =
    frame.length > AT.icmp &&
    u16At(frame, AT.etherType) === 0x86dd &&
    frame[AT.nextHeader] === ICMP6 &&
    frame[AT.icmp] === SOLICITATION
  if (!solicits) return undefined
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
  const answer = new Uint8Array(AT.icmp + message.length)
  writeMac(answer, 0, ALL_NODES_MAC)
  writeMac(answer, 6, ROUTER_MAC)
  writeU16(answer, AT.etherType, 0x86dd)
  answer[14] = 0x60
  writeU16(answer, AT.payloadLength, message.length)
  answer[AT.nextHeader] = ICMP6
  answer[AT.nextHeader + 1] = 255
  answer.set(ROUTER, AT.source)
  answer.set(ALL_NODES, AT.target)
  answer.set(message, AT.icmp)
  writeU16(answer, AT.icmp + 2, checksum(answer, message.length))
  return answer
}

/** RFC 4443 §2.3: over addresses, length, next header and message. */
const checksum = (frame: Uint8Array, length: number): number => {
  let sum = length + ICMP6
  for (let at = AT.source; at < AT.icmp + length; at += 2) sum += u16At(frame, at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
