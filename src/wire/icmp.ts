/**
 * ICMP messages (RFC 792): the eight bytes that all have in common. What their payload says is for others
 * (`unreachable.ts`).
 */
import { u32At, writeU16, writeU32 } from '../core/bytes.ts'
import type { Issue } from '../core/decoded.ts'
import { addWords, checksumOf, isIntact } from './checksum.ts'
import type { IcmpPacket } from './frame.ts'
import { ICMP } from './layout.ts'

export const ICMP_TYPE = { echoReply: 0, unreachable: 3, echoRequest: 8, timeExceeded: 11 } as const

/** Codes of type 3. RFC 792; `prohibited` RFC 1812 §5.2.7.1. */
export const UNREACHABLE_CODE = {
  net: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  prohibited: 13,
} as const

export const writeIcmp = (bytes: Uint8Array, offset: number, packet: IcmpPacket): void => {
  bytes[offset + ICMP.type] = packet.type
  bytes[offset + ICMP.code] = packet.code
  writeU16(bytes, offset + ICMP.checksum, 0)
  writeU32(bytes, offset + ICMP.rest, packet.rest)
  bytes.set(packet.payload, offset + ICMP.length)
  const end = offset + ICMP.length + packet.payload.length
  writeU16(bytes, offset + ICMP.checksum, checksumOf(addWords(0, bytes, offset, end)))
}

/** Undefined, with an issue, if there is no ICMP header to read. */
export const readIcmp = (
  bytes: Uint8Array,
  offset: number,
  end: number,
  cut: boolean,
  issues: Issue[],
): IcmpPacket | undefined => {
  const report = (code: string, at: number, message: string) =>
    issues.push({ code, severity: 'violation', offset: at, message, reference: 'RFC 792' })
  if (end - offset < ICMP.length) {
    report('icmp.truncated', offset, `${end - offset} bytes where an ICMP header needs 8`)
    return undefined
  }
  if (!cut && !isIntact(addWords(0, bytes, offset, end)))
    report('icmp.checksum', offset + ICMP.checksum, 'wrong ICMP checksum: the message was damaged')
  return {
    kind: 'icmp',
    type: bytes[offset + ICMP.type]!,
    code: bytes[offset + ICMP.code]!,
    rest: u32At(bytes, offset + ICMP.rest),
    payload: bytes.subarray(offset + ICMP.length, end),
  }
}
