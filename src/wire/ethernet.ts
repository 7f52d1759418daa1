/**
 * Ethernet II framing (IEEE 802.3), without the frame check sequence, as captures hold it. VLAN tags are skipped on
 * reading and never written. Also turns an EtherType and what follows it into a packet, for other link layers.
 */
import { macAt, writeMac } from '../core/address.ts'
import { u16At, writeU16 } from '../core/bytes.ts'
import { decoded, undecodable } from '../core/decoded.ts'
import type { Decoded, Issue } from '../core/decoded.ts'
import { readArp, writeArp } from './arp.ts'
import type { Frame } from './frame.ts'
import { MAX_VLAN_TAGS } from './frame-view.ts'
import { ip4Length, readIp4, writeIp4 } from './ip4.ts'
import { ARP, ETHERNET, ETHER_TYPE, VLAN_TAG, isTagType } from './layout.ts'

/** IEEE 802.3 minimum of 64 bytes, less the frame check sequence. */
export const ETHERNET_LENGTH_MIN = 60
/** Bytes of an IP packet that one frame carries. */
export const ETHERNET_MTU = 1500

type Packet = Frame['packet']

/** Real checksums, padded to the Ethernet minimum. Throws RangeError only for an IPv4 packet above 65,535 bytes. */
export const encodeFrame = (frame: Frame): Uint8Array => {
  const packet = frame.packet
  const bytes = new Uint8Array(Math.max(ETHERNET_LENGTH_MIN, ETHERNET.length + packetLength(packet)))
  writeMac(bytes, ETHERNET.target, frame.target)
  writeMac(bytes, ETHERNET.source, frame.source)
  switch (packet.kind) {
    case 'ip4':
      writeU16(bytes, ETHERNET.type, ETHER_TYPE.ip4)
      writeIp4(bytes, ETHERNET.length, packet)
      break
    case 'arp':
      writeU16(bytes, ETHERNET.type, ETHER_TYPE.arp)
      writeArp(bytes, ETHERNET.length, packet)
      break
    case 'other':
      writeU16(bytes, ETHERNET.type, packet.etherType)
      bytes.set(packet.bytes, ETHERNET.length)
  }
  return bytes
}

/**
 * Never throws. Only a frame without an Ethernet header has no value; whatever cannot be read further in is given as
 * raw bytes, with issues. Payloads are views of `bytes`.
 */
export const decodeFrame = (bytes: Uint8Array): Decoded<Frame> => {
  if (bytes.length < ETHERNET.length)
    return undecodable('ethernet.truncated', 0, `${bytes.length} bytes hold no Ethernet header`, 'IEEE 802.3')
  const target = macAt(bytes, ETHERNET.target)
  const source = macAt(bytes, ETHERNET.source)
  const issues: Issue[] = []
  let typeAt: number = ETHERNET.type
  for (let tags = 0; tags < MAX_VLAN_TAGS && isTagType(u16At(bytes, typeAt)); tags++) {
    if (bytes.length < typeAt + VLAN_TAG.length + 2) {
      issues.push({
        code: 'ethernet.truncated',
        severity: 'violation',
        offset: typeAt,
        message: 'the frame ends inside a VLAN tag',
        reference: 'IEEE 802.1Q',
      })
      break
    }
    typeAt += VLAN_TAG.length
  }
  return decoded(
    { target, source, packet: readPacket(u16At(bytes, typeAt), bytes, typeAt + 2, issues) },
    issues,
  )
}

/** What an EtherType announces at `offset`, or the raw bytes where that cannot be read. */
export const readPacket = (etherType: number, bytes: Uint8Array, offset: number, issues: Issue[]): Packet => {
  const packet =
    etherType === ETHER_TYPE.ip4
      ? readIp4(bytes, offset, issues)
      : etherType === ETHER_TYPE.arp
        ? readArp(bytes, offset, issues)
        : undefined
  return packet ?? { kind: 'other', etherType, bytes: bytes.subarray(offset) }
}

const packetLength = (packet: Packet): number => {
  switch (packet.kind) {
    case 'ip4':
      return ip4Length(packet)
    case 'arp':
      return ARP.length
    case 'other':
      return packet.bytes.length
  }
}
