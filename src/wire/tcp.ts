/**
 * TCP segments inside IPv4 (RFC 9293 §3.1). The only option written is the maximum segment size; others are skipped on
 * reading. In a `Frame` a segment is a raw body. Does not know connections: `protocol/tcp` does.
 */
import { type Ip4, ip4Words } from '../core/address.ts'
import { u16At, u32At, writeU16, writeU32 } from '../core/bytes.ts'
import { addWords, checksumOf, isIntact } from './checksum.ts'
import type { RawBody } from './frame.ts'
import { IP_PROTOCOL, TCP } from './layout.ts'

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const

export interface TcpSegment {
  readonly sourcePort: number
  readonly targetPort: number
  /** 32-bit sequence numbers. */
  readonly sequence: number
  readonly acknowledgment: number
  /** Sum of `TCP_FLAG`. */
  readonly flags: number
  /** Bytes that its sender has room for, unscaled. */
  readonly window: number
  /** Of the option; undefined where it is not there. */
  readonly maxSegment?: number | undefined
  readonly payload: Uint8Array
}

const OPTION = { end: 0, nothing: 1, maxSegment: 2 } as const
/** Kind, length and a 16-bit size. */
const SEGMENT_OPTION_LENGTH = 4

export const tcpBody = (segment: TcpSegment, source: Ip4, target: Ip4): RawBody => {
  const options = segment.maxSegment === undefined ? 0 : SEGMENT_OPTION_LENGTH
  const header = TCP.length + options
  const bytes = new Uint8Array(header + segment.payload.length)
  writeU16(bytes, TCP.sourcePort, segment.sourcePort)
  writeU16(bytes, TCP.targetPort, segment.targetPort)
  writeU32(bytes, TCP.sequence, segment.sequence)
  writeU32(bytes, TCP.acknowledgment, segment.acknowledgment)
  bytes[TCP.headerLength] = (header / 4) << 4
  bytes[TCP.flags] = segment.flags
  writeU16(bytes, TCP.window, segment.window)
  if (segment.maxSegment !== undefined) {
    bytes[TCP.length] = OPTION.maxSegment
    bytes[TCP.length + 1] = SEGMENT_OPTION_LENGTH
    writeU16(bytes, TCP.length + 2, segment.maxSegment)
  }
  bytes.set(segment.payload, header)
  const sum = addWords(pseudoHeader(source, target, bytes.length), bytes, 0, bytes.length)
  writeU16(bytes, TCP.checksum, checksumOf(sum))
  return { kind: 'raw', protocol: IP_PROTOCOL.tcp, bytes }
}

/** Undefined: it is no segment, or its checksum says that it was damaged; a stack drops both without a word. */
export const readTcp = (bytes: Uint8Array, source: Ip4, target: Ip4): TcpSegment | undefined => {
  if (bytes.length < TCP.length) return undefined
  const header = (bytes[TCP.headerLength]! >> 4) * 4
  if (header < TCP.length || header > bytes.length) return undefined
  if (!isIntact(addWords(pseudoHeader(source, target, bytes.length), bytes, 0, bytes.length)))
    return undefined
  return {
    sourcePort: u16At(bytes, TCP.sourcePort),
    targetPort: u16At(bytes, TCP.targetPort),
    sequence: u32At(bytes, TCP.sequence),
    acknowledgment: u32At(bytes, TCP.acknowledgment),
    flags: bytes[TCP.flags]!,
    window: u16At(bytes, TCP.window),
    maxSegment: maxSegmentIn(bytes, header),
    payload: bytes.subarray(header),
  }
}

const maxSegmentIn = (bytes: Uint8Array, end: number): number | undefined => {
  for (let at: number = TCP.length; at < end;) {
    const kind = bytes[at]!
    if (kind === OPTION.end) return undefined
    if (kind === OPTION.nothing) at++
    else {
      const length = at + 1 < end ? bytes[at + 1]! : 0
      if (length < 2 || at + length > end) return undefined
      if (kind === OPTION.maxSegment && length === SEGMENT_OPTION_LENGTH) return u16At(bytes, at + 2)
      at += length
    }
  }
  return undefined
}

const pseudoHeader = (source: Ip4, target: Ip4, length: number): number =>
  ip4Words(source) + ip4Words(target) + IP_PROTOCOL.tcp + length
