/**
 * ARP for Ethernet and IPv4 (RFC 826). Other hardware, protocols and operations are left undecoded.
 */
import { ip4At, macAt, writeIp4, writeMac } from '../core/address.ts'
import { u16At, writeU16 } from '../core/bytes.ts'
import type { Issue } from '../core/decoded.ts'
import type { ArpPacket } from './frame.ts'
import { ARP, ETHER_TYPE } from './layout.ts'

const HARDWARE_ETHERNET = 1
const REQUEST = 1
const REPLY = 2

export const writeArp = (bytes: Uint8Array, offset: number, packet: ArpPacket): void => {
  writeU16(bytes, offset + ARP.hardware, HARDWARE_ETHERNET)
  writeU16(bytes, offset + ARP.protocol, ETHER_TYPE.ip4)
  bytes[offset + ARP.hardwareLength] = 6
  bytes[offset + ARP.protocolLength] = 4
  writeU16(bytes, offset + ARP.operation, packet.operation === 'request' ? REQUEST : REPLY)
  writeMac(bytes, offset + ARP.senderMac, packet.senderMac)
  writeIp4(bytes, offset + ARP.senderIp, packet.senderIp)
  writeMac(bytes, offset + ARP.targetMac, packet.targetMac)
  writeIp4(bytes, offset + ARP.targetIp, packet.targetIp)
}

/** Undefined, with an issue, if these bytes are no ARP of the kind we know. */
export const readArp = (bytes: Uint8Array, offset: number, issues: Issue[]): ArpPacket | undefined => {
  if (bytes.length - offset < ARP.length) {
    issues.push({
      code: 'arp.truncated',
      severity: 'violation',
      offset,
      message: `${bytes.length - offset} bytes of ARP where ${ARP.length} are needed`,
      reference: 'RFC 826',
    })
    return undefined
  }
  const operation = u16At(bytes, offset + ARP.operation)
  const known =
    u16At(bytes, offset + ARP.hardware) === HARDWARE_ETHERNET &&
    u16At(bytes, offset + ARP.protocol) === ETHER_TYPE.ip4 &&
    bytes[offset + ARP.hardwareLength] === 6 &&
    bytes[offset + ARP.protocolLength] === 4 &&
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
    senderMac: macAt(bytes, offset + ARP.senderMac),
    senderIp: ip4At(bytes, offset + ARP.senderIp),
    targetMac: macAt(bytes, offset + ARP.targetMac),
    targetIp: ip4At(bytes, offset + ARP.targetIp),
  }
}
