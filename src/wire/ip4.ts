/**
 * IPv4 packets (RFC 791). Header options are skipped on reading and never written; the type of service is zero.
 * Does not reassemble: `fragments.ts` does.
 */
import { ip4At, writeIp4 as writeAddress } from '../core/address.ts'
import type { Ip4 } from '../core/address.ts'
import { u16At, writeU16 } from '../core/bytes.ts'
import type { Issue } from '../core/decoded.ts'
import { addWords, checksumOf, isIntact } from './checksum.ts'
import type { Ip4Packet } from './frame.ts'
import { readIcmp, writeIcmp } from './icmp.ts'
import { ICMP, IP4, IP4_FRAGMENT, IP_PROTOCOL, UDP } from './layout.ts'
import { readUdp, writeUdp } from './udp.ts'

/** What the 16-bit total length can say. */
export const MAX_IP4_LENGTH = 0xffff

type Body = Ip4Packet['body']

const { dontFragment: DONT_FRAGMENT, moreFragments: MORE_FRAGMENTS } = IP4_FRAGMENT

/** Header and body, in bytes. */
export const ip4Length = (packet: Ip4Packet): number => IP4.length + bodyLength(packet.body)

export const encodeIp4 = (packet: Ip4Packet): Uint8Array => {
  const bytes = new Uint8Array(ip4Length(packet))
  writeIp4(bytes, 0, packet)
  return bytes
}

/** The caller has made room for `ip4Length(packet)` bytes. Throws RangeError for what no IPv4 packet can hold. */
export const writeIp4 = (bytes: Uint8Array, offset: number, packet: Ip4Packet): void => {
  const length = ip4Length(packet)
  if (length > MAX_IP4_LENGTH) throw new RangeError(`${length} bytes do not fit an IPv4 packet`)
  const fragmentWord =
    (packet.dontFragment ? DONT_FRAGMENT : 0) |
    (packet.moreFragments ? MORE_FRAGMENTS : 0) |
    (packet.fragmentOffset >>> 3)
  bytes[offset + IP4.versionAndLength] = 0x45
  bytes[offset + IP4.typeOfService] = 0
  writeU16(bytes, offset + IP4.totalLength, length)
  writeU16(bytes, offset + IP4.identification, packet.identification)
  writeU16(bytes, offset + IP4.fragment, fragmentWord)
  bytes[offset + IP4.ttl] = packet.ttl
  bytes[offset + IP4.protocol] = protocolOf(packet.body)
  writeU16(bytes, offset + IP4.checksum, 0)
  writeAddress(bytes, offset + IP4.source, packet.source)
  writeAddress(bytes, offset + IP4.target, packet.target)
  writeU16(bytes, offset + IP4.checksum, checksumOf(addWords(0, bytes, offset, offset + IP4.length)))
  writeBody(bytes, offset + IP4.length, packet)
}

/** The body alone, with its checksum over the whole of it: what fragments are cut from. */
export const encodeBody = (packet: Ip4Packet): Uint8Array => {
  if (packet.body.kind === 'raw') return packet.body.bytes
  const bytes = new Uint8Array(bodyLength(packet.body))
  writeBody(bytes, 0, packet)
  return bytes
}

export const protocolOf = (body: Body): number =>
  body.kind === 'raw' ? body.protocol : IP_PROTOCOL[body.kind]

/** Undefined, with an issue, if there is no IPv4 header to read. Bytes after the total length are padding. */
export const readIp4 = (bytes: Uint8Array, offset: number, issues: Issue[]): Ip4Packet | undefined => {
  const available = bytes.length - offset
  const headerLength = readHeaderLength(bytes, offset, available, issues)
  if (headerLength === undefined) return undefined
  if (!isIntact(addWords(0, bytes, offset, offset + headerLength)))
    report(
      issues,
      'ip4.checksum',
      offset + IP4.checksum,
      'wrong IPv4 header checksum: the header was damaged',
    )
  const length = readTotalLength(bytes, offset, available, headerLength, issues)
  const fragmentWord = u16At(bytes, offset + IP4.fragment)
  const source = ip4At(bytes, offset + IP4.source)
  const target = ip4At(bytes, offset + IP4.target)
  const moreFragments = (fragmentWord & MORE_FRAGMENTS) !== 0
  const fragmentOffset = (fragmentWord & IP4_FRAGMENT.offset) << 3
  const protocol = bytes[offset + IP4.protocol]!
  const start = offset + headerLength
  const end = offset + Math.min(length, available)
  return {
    kind: 'ip4',
    source,
    target,
    ttl: bytes[offset + IP4.ttl]!,
    identification: u16At(bytes, offset + IP4.identification),
    dontFragment: (fragmentWord & DONT_FRAGMENT) !== 0,
    moreFragments,
    fragmentOffset,
    body:
      moreFragments || fragmentOffset > 0
        ? { kind: 'raw', protocol, bytes: bytes.subarray(start, end) }
        : readBody(protocol, bytes, start, end, source, target, length > available, issues),
  }
}

/** `cut`: the capture holds less than the packet had, so that checksums cannot be judged. */
export const readBody = (
  protocol: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  source: Ip4,
  target: Ip4,
  cut: boolean,
  issues: Issue[],
): Body => {
  const body =
    protocol === IP_PROTOCOL.udp
      ? readUdp(bytes, start, end, source, target, cut, issues)
      : protocol === IP_PROTOCOL.icmp
        ? readIcmp(bytes, start, end, cut, issues)
        : undefined
  return body ?? { kind: 'raw', protocol, bytes: bytes.subarray(start, end) }
}

const readHeaderLength = (
  bytes: Uint8Array,
  offset: number,
  available: number,
  issues: Issue[],
): number | undefined => {
  const version = available > 0 ? bytes[offset]! >>> 4 : 4
  const headerLength = available > 0 ? (bytes[offset]! & 15) * 4 : 0
  if (version !== 4) report(issues, 'ip4.version', offset, `IP version ${version} where 4 was announced`)
  else if (available < IP4.length || available < headerLength)
    report(issues, 'ip4.truncated', offset, `${available} bytes do not hold the IPv4 header`)
  else if (headerLength < IP4.length)
    report(issues, 'ip4.headerLength', offset, `IPv4 header length ${headerLength} is less than 20`)
  else return headerLength
  return undefined
}

const readTotalLength = (
  bytes: Uint8Array,
  offset: number,
  available: number,
  headerLength: number,
  issues: Issue[],
): number => {
  const length = u16At(bytes, offset + IP4.totalLength)
  if (length < headerLength) {
    // 0 is also what a capture on the sending machine shows when the card is to cut the segments itself.
    report(
      issues,
      'ip4.totalLength',
      offset + IP4.totalLength,
      `IPv4 total length ${length} is less than the header`,
    )
    return available
  }
  if (length > available)
    report(
      issues,
      'ip4.truncated',
      offset + IP4.totalLength,
      `IPv4 total length ${length}, but ${available} bytes are there`,
    )
  return length
}

const bodyLength = (body: Body): number => {
  switch (body.kind) {
    case 'udp':
      return UDP.length + body.payload.length
    case 'icmp':
      return ICMP.length + body.payload.length
    case 'raw':
      return body.bytes.length
  }
}

const writeBody = (bytes: Uint8Array, offset: number, packet: Ip4Packet): void => {
  const body = packet.body
  switch (body.kind) {
    case 'udp':
      writeUdp(bytes, offset, body, packet.source, packet.target)
      return
    case 'icmp':
      writeIcmp(bytes, offset, body)
      return
    case 'raw':
      bytes.set(body.bytes, offset)
  }
}

const report = (issues: Issue[], code: string, offset: number, message: string): void =>
  void issues.push({ code, severity: 'violation', offset, message, reference: 'RFC 791 §3.1' })
