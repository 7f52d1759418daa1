/**
 * ARP for Ethernet and IPv4 (RFC 826). Other hardware, protocols and operations are left undecoded.
 */
import { ip4At, macAt, writeIp4, writeMac } from '../core/address.ts'
import { u16At, writeU16 } from '../core/bytes.ts'
import type { Issue } from '../core/decoded.ts'
import type { ArpPacket } from './frame.ts'

export const ARP_LENGTH = 28

const HARDWARE_ETHERNET = 1
const PROTOCOL_IP4 = 0x0800
const REQUEST = 1
const REPLY = 2

export const writeArp = (bytes: Uint8Array, offset: number, packet: ArpPacket): void => {
  writeU16(bytes, offset, HARDWARE_ETHERNET)
  writeU16(bytes, offset + 2, PROTOCOL_IP4)
  bytes[offset + 4] = 6
  bytes[offset + 5] = 4
  writeU16(bytes, offset + 6, packet.operation === 'request' ? REQUEST : REPLY)
  writeMac(bytes, offset + 8, packet.senderMac)
  writeIp4(bytes, offset + 14, packet.senderIp)
  writeMac(bytes, offset + 18, packet.targetMac)
  writeIp4(bytes, offset + 24, packet.targetIp)
}

/** Undefined, with an issue, if these bytes are no ARP of the kind we know. */
export const readArp = (bytes: Uint8Array, offset: number, issues: Issue[]): ArpPacket | undefined => {
  if (bytes.length - offset < ARP_LENGTH) {
    issues.push({
      code: 'arp.truncated',
      severity: 'violation',
      offset,
      message: `${bytes.length - offset} bytes of ARP where ${ARP_LENGTH} are needed`,
      reference: 'RFC 826',
    })
    return undefined
  }
  const operation = u16At(bytes, offset + 6)
  const known =
    u16At(bytes, offset) === HARDWARE_ETHERNET &&
    u16At(bytes, offset + 2) === PROTOCOL_IP4 &&
    bytes[offset + 4] === 6 &&
    bytes[offset + 5] === 4 &&
    (operation === REQUEST || operation === REPLY)
  if (!known) {
    issues.push({
      code: 'arp.unsupported',
      severity: 'oddity',
      offset,
      message: 'ARP for another hardware, protocol or operation',
      reference: 'RFC 826',
    })
    return undefined
  }
  return {
    kind: 'arp',
    operation: operation === REQUEST ? 'request' : 'reply',
    senderMac: macAt(bytes, offset + 8),
    senderIp: ip4At(bytes, offset + 14),
    targetMac: macAt(bytes, offset + 18),
    targetIp: ip4At(bytes, offset + 24),
  }
}
