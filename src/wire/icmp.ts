/**
 * ICMP messages (RFC 792): the eight bytes that all have in common. What their payload says is for others
 * (`unreachable.ts`).
 */
import { u32At, writeU16, writeU32 } from '../core/bytes.ts'
import type { Issue } from '../core/decoded.ts'
import { addWords, checksumOf, isIntact } from './checksum.ts'
import type { IcmpPacket } from './frame.ts'

export const ICMP_HEADER_LENGTH = 8

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
  bytes[offset] = packet.type
  bytes[offset + 1] = packet.code
  writeU16(bytes, offset + 2, 0)
  writeU32(bytes, offset + 4, packet.rest)
  bytes.set(packet.payload, offset + ICMP_HEADER_LENGTH)
  const end = offset + ICMP_HEADER_LENGTH + packet.payload.length
  writeU16(bytes, offset + 2, checksumOf(addWords(0, bytes, offset, end)))
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
  if (end - offset < ICMP_HEADER_LENGTH) {
    report('icmp.truncated', offset, `${end - offset} bytes where an ICMP header needs 8`)
    return undefined
  }
  if (!cut && !isIntact(addWords(0, bytes, offset, end)))
    report('icmp.checksum', offset + 2, 'wrong ICMP checksum: the message was damaged')
  return {
    kind: 'icmp',
    type: bytes[offset]!,
    code: bytes[offset + 1]!,
    rest: u32At(bytes, offset + 4),
    payload: bytes.subarray(offset + ICMP_HEADER_LENGTH, end),
  }
}
