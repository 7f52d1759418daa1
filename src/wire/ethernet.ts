/**
 * Ethernet II framing (IEEE 802.3), without the frame check sequence, as captures hold it. VLAN tags are skipped on
 * reading and never written. Also turns an EtherType and what follows it into a packet, for other link layers.
 */
import { macAt, writeMac } from '../core/address.ts'
import { u16At, writeU16 } from '../core/bytes.ts'
import { decoded, undecodable } from '../core/decoded.ts'
import type { Decoded, Issue } from '../core/decoded.ts'
import { ARP_LENGTH, readArp, writeArp } from './arp.ts'
import type { Frame } from './frame.ts'
import { ip4Length, readIp4, writeIp4 } from './ip4.ts'

export const ETHERNET_HEADER_LENGTH = 14
/** IEEE 802.3 minimum of 64 bytes, less the frame check sequence. */
export const ETHERNET_LENGTH_MIN = 60
/** Bytes of an IP packet that one frame carries. */
export const ETHERNET_MTU = 1500

export const ETHER_TYPE = { ip4: 0x0800, arp: 0x0806, ip6: 0x86dd } as const

/** 802.1Q, 802.1ad (QinQ) and the tag types that preceded it. */
const TAG_TYPES: readonly number[] = [0x8100, 0x88a8, 0x9100, 0x9200]
/** More tags than any network nests; a frame of nothing but tags is left undecoded. */
const MAX_VLAN_TAGS = 4

type Packet = Frame['packet']

/** Real checksums, padded to the Ethernet minimum. Throws RangeError only for an IPv4 packet above 65,535 bytes. */
export const encodeFrame = (frame: Frame): Uint8Array => {
  const packet = frame.packet
  const bytes = new Uint8Array(Math.max(ETHERNET_LENGTH_MIN, ETHERNET_HEADER_LENGTH + packetLength(packet)))
  writeMac(bytes, 0, frame.target)
  writeMac(bytes, 6, frame.source)
  switch (packet.kind) {
    case 'ip4':
      writeU16(bytes, 12, ETHER_TYPE.ip4)
      writeIp4(bytes, ETHERNET_HEADER_LENGTH, packet)
      break
    case 'arp':
      writeU16(bytes, 12, ETHER_TYPE.arp)
      writeArp(bytes, ETHERNET_HEADER_LENGTH, packet)
      break
    case 'other':
      writeU16(bytes, 12, packet.etherType)
      bytes.set(packet.bytes, ETHERNET_HEADER_LENGTH)
  }
  return bytes
}

/**
 * Never throws. Only a frame without an Ethernet header has no value; whatever cannot be read further in is given as
 * raw bytes, with issues. Payloads are views of `bytes`.
 */
export const decodeFrame = (bytes: Uint8Array): Decoded<Frame> => {
  if (bytes.length < ETHERNET_HEADER_LENGTH)
    return undecodable('ethernet.truncated', 0, `${bytes.length} bytes hold no Ethernet header`, 'IEEE 802.3')
  const target = macAt(bytes, 0)
  const source = macAt(bytes, 6)
  const issues: Issue[] = []
  let typeAt = 12
  for (let tags = 0; tags < MAX_VLAN_TAGS && TAG_TYPES.includes(u16At(bytes, typeAt)); tags++) {
    if (bytes.length < typeAt + 6) {
      issues.push({
        code: 'ethernet.truncated',
        severity: 'violation',
        offset: typeAt,
        message: 'the frame ends inside a VLAN tag',
        reference: 'IEEE 802.1Q',
      })
      break
    }
    typeAt += 4
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
      return ARP_LENGTH
    case 'other':
      return packet.bytes.length
  }
}
