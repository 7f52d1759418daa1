/**
 * UDP datagrams inside IPv4 (RFC 768). Does not know ports or payloads.
 */
import { type Ip4, ip4Words } from '../core/address.ts'
import { u16At, writeU16 } from '../core/bytes.ts'
import type { Issue } from '../core/decoded.ts'
import { addWords, checksumOf, fold, isIntact } from './checksum.ts'
import type { UdpPacket } from './frame.ts'
import { IP_PROTOCOL, UDP } from './layout.ts'

export const writeUdp = (
  bytes: Uint8Array,
  offset: number,
  packet: UdpPacket,
  source: Ip4,
  target: Ip4,
): void => {
  const length = UDP.length + packet.payload.length
  writeU16(bytes, offset + UDP.sourcePort, packet.sourcePort)
  writeU16(bytes, offset + UDP.targetPort, packet.targetPort)
  writeU16(bytes, offset + UDP.datagramLength, length)
  writeU16(bytes, offset + UDP.checksum, 0)
  bytes.set(packet.payload, offset + UDP.length)
  const sum = addWords(pseudoHeader(source, target, length), bytes, offset, offset + length)
  // RFC 768: a computed 0 is sent as all ones, because 0 says "no checksum".
  writeU16(bytes, offset + UDP.checksum, checksumOf(sum) || 0xffff)
}

/**
 * Undefined, with an issue, if there is no UDP header to read. `cut` says that the packet was known to be incomplete
 * already; its checksum is then not judged.
 */
export const readUdp = (
  bytes: Uint8Array,
  offset: number,
  end: number,
  source: Ip4,
  target: Ip4,
  cut: boolean,
  issues: Issue[],
): UdpPacket | undefined => {
  const available = end - offset
  if (available < UDP.length) {
    issues.push(violation('udp.truncated', offset, `${available} bytes where a UDP header needs 8`))
    return undefined
  }
  const length = u16At(bytes, offset + UDP.datagramLength)
  if (length < UDP.length) {
    issues.push(
      violation(
        'udp.length',
        offset + UDP.datagramLength,
        `UDP length ${length} is less than its own header`,
      ),
    )
    return undefined
  }
  if (length > available) {
    if (!cut)
      issues.push(
        violation(
          'udp.truncated',
          offset + UDP.datagramLength,
          `UDP length ${length}, but ${available} bytes are there`,
        ),
      )
  } else {
    if (length < available)
      issues.push({
        ...violation(
          'udp.length',
          offset + UDP.datagramLength,
          `${available - length} bytes follow the UDP datagram inside its packet`,
        ),
        severity: 'oddity',
      })
    judgeChecksum(bytes, offset, length, source, target, issues)
  }
  return {
    kind: 'udp',
    sourcePort: u16At(bytes, offset + UDP.sourcePort),
    targetPort: u16At(bytes, offset + UDP.targetPort),
    payload: bytes.subarray(offset + UDP.length, offset + Math.min(length, available)),
  }
}

const judgeChecksum = (
  bytes: Uint8Array,
  offset: number,
  length: number,
  source: Ip4,
  target: Ip4,
  issues: Issue[],
): void => {
  const sent = u16At(bytes, offset + UDP.checksum)
  if (sent === 0) return
  const pseudo = pseudoHeader(source, target, length)
  if (isIntact(addWords(pseudo, bytes, offset, offset + length))) return
  // A capture taken on the sending machine often shows what the driver hands to a card that finishes the checksum
  // itself: the folded pseudo header. The packet on the cable was right.
  if (sent === fold(pseudo))
    issues.push({
      ...violation(
        'udp.checksumOffloaded',
        offset + UDP.checksum,
        'checksum left for the network card to finish',
      ),
      severity: 'oddity',
    })
  else
    issues.push(
      violation('udp.checksum', offset + UDP.checksum, 'wrong UDP checksum: the datagram was damaged'),
    )
}

const pseudoHeader = (source: Ip4, target: Ip4, length: number): number =>
  ip4Words(source) + ip4Words(target) + IP_PROTOCOL.udp + length

const violation = (code: string, offset: number, message: string): Issue => ({
  code,
  severity: 'violation',
  offset,
  message,
  reference: 'RFC 768',
})
