/**
 * One TFTP transfer as it shows in a capture: who asked whom for what, and how it ended. Ports are the transfer's
 * identity (RFC 1350 §4), because a server answers from a port of its own, and sometimes from an address of its own.
 * Does not know why the file was asked for.
 */
import type { Ip4 } from '../../core/address.ts'
import { latin1Text } from '../../core/bytes.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import type { UdpPacket } from '../../wire/frame.ts'
import { TFTP_ERROR, TFTP_PORT, type TftpOptions, type TftpPacket } from '../../wire/tftp/packet.ts'
import { type FileArchitecture, architectureOfBytes } from './architecture.ts'
import type { FrameRef } from '../reading/record.ts'
import type { IpArrival } from '../reading/frames.ts'
import { type Pace, isAhead, noteBlockPace, notePace, startPace } from './pace.ts'

export type TransferEnd =
  | { readonly kind: 'completed'; readonly seen: FrameRef }
  /** The client asked for the size only and broke off (E-46, B-21): normal. */
  | { readonly kind: 'sizeQuery'; readonly seen: FrameRef }
  | {
      readonly kind: 'clientError' | 'serverError'
      readonly seen: FrameRef
      readonly code: number
      readonly text: string
    }

/** SHA-256 or what the caller wants; the analyser knows no hash itself. */
export interface Hash {
  update(bytes: Uint8Array): void
  /** Hexadecimal; called once. */
  digest(): string
}

export interface Transfer {
  readonly client: Ip4
  readonly clientPort: number
  readonly server: Ip4
  readonly file: string
  readonly asksSize: boolean
  readonly askedBlockSize: number
  /** Options of the request, and what the OACK made of them. */
  readonly asked: TftpOptions
  confirmed: TftpOptions | undefined
  readonly seen: FrameRef
  /** Times the request was sent, as counted on the segment where it was seen first. */
  requests: number
  lastRequestAt: Micros
  /** The first answer, of whatever kind; a client that acknowledges proves one that was not captured. */
  answered: FrameRef | undefined
  /** The server took up the options: it knows RFC 2347. */
  oack: boolean
  /** Somebody else answered. */
  otherSource: Ip4 | undefined
  /** What DATA that one sent. */
  other: OtherData | undefined
  blockSize: number | undefined
  /** RFC 7440, as granted; 1 without. */
  window: number
  /** Bytes of file seen, repeated blocks once. */
  bytes: number
  /** Low 16 bits of the highest block seen. */
  block: number
  /** The last block that the client acknowledged. */
  acked: number | undefined
  /** When it did so first, and how often in all. */
  ackedAt: FrameRef | undefined
  acks: number
  lastAt: Micros
  /** Blocks seen that were not new, since the client acknowledged a new one. */
  resent: number
  /** The file is an iPXE script. */
  script: boolean
  /** Packets of the client since the server was last heard, and the first of them. */
  unanswered: number
  unansweredSince: FrameRef | undefined
  end: TransferEnd | undefined
  unreachable: { readonly cause: Unreachable['cause']; readonly by: Ip4; readonly seen: FrameRef } | undefined
  architecture: FileArchitecture | undefined
  /** The first bytes of the file, where the analyser was asked to keep them: empty until they are seen. */
  head: Uint8Array | undefined
  readonly pace: Pace
  /** Undefined as soon as a part of the file was not captured. */
  hash: Hash | undefined
  sha256: string | undefined
}

export interface OtherData {
  /** Of the file, up to its highest block. */
  bytes: number
  block: number
  blockSize: number
  /** Blocks that came again: nobody had heard that they were acknowledged. */
  resent: number
}

type Request = Extract<TftpPacket, { kind: 'rrq' | 'wrq' }>
type UdpArrival = IpArrival<UdpPacket>

/** What tells a program's kind: a PE header lies within. */
const HEAD_BYTES = 448
const NOTHING = new Uint8Array()

export const openTransfer = (
  arrival: UdpArrival,
  request: Request,
  { hash, keepsHead = false }: { readonly hash?: Hash | undefined; readonly keepsHead?: boolean } = {},
): Transfer => ({
  client: arrival.source,
  clientPort: arrival.body.sourcePort,
  server: arrival.target,
  file: request.file,
  asksSize: optionOf(request.options, 'tsize') !== undefined,
  askedBlockSize: Number(optionOf(request.options, 'blksize') ?? '512') || 512,
  asked: request.options,
  confirmed: undefined,
  seen: arrival.seen,
  requests: 1,
  lastRequestAt: arrival.seen.at,
  answered: undefined,
  oack: false,
  otherSource: undefined,
  other: undefined,
  blockSize: undefined,
  window: 1,
  bytes: 0,
  block: 0,
  acked: undefined,
  ackedAt: undefined,
  acks: 0,
  lastAt: arrival.seen.at,
  resent: 0,
  script: false,
  unanswered: 0,
  unansweredSince: undefined,
  end: undefined,
  unreachable: undefined,
  architecture: undefined,
  head: keepsHead ? NOTHING : undefined,
  pace: startPace(arrival.seen.at),
  hash,
  sha256: undefined,
})

/** The same request again: a retry, or the copy that a router put on the next segment. */
export const isSameRequest = (transfer: Transfer, arrival: UdpArrival, request: Request): boolean =>
  transfer.server === arrival.target &&
  transfer.file === request.file &&
  transfer.asksSize === (optionOf(request.options, 'tsize') !== undefined) &&
  (transfer.end === undefined || arrival.seen.segment !== transfer.seen.segment)

export const repeatRequest = (transfer: Transfer, seen: FrameRef): void => {
  transfer.lastAt = Math.max(transfer.lastAt, seen.at)
  if (seen.segment !== transfer.seen.segment) return
  transfer.requests++
  transfer.lastRequestAt = seen.at
  notePace(transfer.pace, 'client', false, seen.at)
}

export const noteClientPacket = (transfer: Transfer, arrival: UdpArrival, packet: TftpPacket): void => {
  const { seen } = arrival
  transfer.lastAt = Math.max(transfer.lastAt, seen.at)
  if (transfer.end) return
  if (arrival.body.targetPort !== TFTP_PORT) transfer.answered ??= seen
  if (packet.kind === 'error') {
    const { code, message: text } = packet
    const isSizeQuery = transfer.asksSize && transfer.bytes === 0 && code !== TFTP_ERROR.illegalOperation
    transfer.end = isSizeQuery ? { kind: 'sizeQuery', seen } : { kind: 'clientError', seen, code, text }
    return
  }
  if (packet.kind === 'ack' && arrival.body.targetPort !== TFTP_PORT) noteAck(transfer, seen, packet.block)
}

/** Nothing is unusual about it: it is the one that had to come. */
export const isNextBlock = (transfer: Transfer, block: number): boolean =>
  block === ((transfer.block + 1) & 0xffff)
export const isNextAck = (transfer: Transfer, block: number): boolean =>
  block === transfer.block && block !== transfer.acked

/** To the transfer's own port. An ACK of a new block is an answer to DATA, even where one direction is missing. */
export const noteAck = (transfer: Transfer, seen: FrameRef, block: number): void => {
  transfer.lastAt = Math.max(transfer.lastAt, seen.at)
  if (transfer.end) {
    noteLastAck(transfer, seen, block)
    return
  }
  transfer.answered ??= seen
  if (seen.segment !== transfer.seen.segment) return
  const isNew = block !== transfer.acked
  transfer.acks++
  if (isNew) {
    transfer.acked = block
    transfer.ackedAt = seen
    transfer.acks = 1
    transfer.resent = 0
    transfer.unanswered = 0
    transfer.unansweredSince = undefined
  }
  transfer.unanswered++
  transfer.unansweredSince ??= seen
  notePace(transfer.pace, 'client', isNew, seen.at)
}

/** The time until the last block is acknowledged is the client's. */
const noteLastAck = (transfer: Transfer, seen: FrameRef, block: number): void => {
  if (transfer.end?.kind !== 'completed' || block !== transfer.block || block === transfer.acked) return
  if (seen.segment !== transfer.seen.segment) return
  transfer.acked = block
  notePace(transfer.pace, 'client', true, seen.at)
}

export const noteServerPacket = (transfer: Transfer, arrival: UdpArrival, packet: TftpPacket): void => {
  const { seen, body, missing } = arrival
  if (packet.kind === 'data') {
    if (arrival.source !== transfer.server)
      noteOtherData(transfer, packet.block, body.payload.length - 4 + missing)
    noteData(transfer, arrival.source, seen, packet.block, packet.bytes, body.payload.length - 4 + missing)
    return
  }
  if (!isFromServer(transfer, arrival.source, seen) || transfer.end) return
  if (packet.kind === 'error')
    transfer.end = { kind: 'serverError', seen, code: packet.code, text: packet.message }
  else if (packet.kind === 'oack') {
    transfer.oack = true
    transfer.confirmed = packet.options
    transfer.blockSize = Number(optionOf(packet.options, 'blksize') ?? '512') || 512
    transfer.window = Number(optionOf(packet.options, 'windowsize') ?? '1') || 1
    if (seen.segment === transfer.seen.segment) notePace(transfer.pace, 'server', true, seen.at)
  }
}

const noteOtherData = (transfer: Transfer, block: number, length: number): void => {
  const other = (transfer.other ??= { bytes: 0, block: 0, blockSize: 0, resent: 0 })
  if (block <= other.block) {
    other.resent++
    return
  }
  other.blockSize = Math.max(other.blockSize, length)
  other.block = block
  other.bytes = (block - 1) * other.blockSize + length
}

const isFromServer = (transfer: Transfer, source: Ip4, seen: FrameRef): boolean => {
  transfer.lastAt = Math.max(transfer.lastAt, seen.at)
  if (source !== transfer.server) {
    transfer.otherSource ??= source
    return false
  }
  transfer.answered ??= seen
  transfer.unanswered = 0
  transfer.unansweredSince = undefined
  return true
}

/** `length` is that of the block on the wire; `bytes` may be less, where the capture was cut. */
export const noteData = (
  transfer: Transfer,
  source: Ip4,
  seen: FrameRef,
  block: number,
  bytes: Uint8Array,
  length: number,
): void => {
  if (!isFromServer(transfer, source, seen) || transfer.end) return
  // Where the OACK was not captured, a full first block tells the size.
  transfer.blockSize ??= Math.max(512, length)
  if (isAhead(block, transfer.block)) {
    if (block === 1 && transfer.bytes === 0) noteFirstBlock(transfer, bytes)
    if (!isNextBlock(transfer, block) || bytes.length < length) transfer.hash = undefined
    transfer.hash?.update(bytes)
    transfer.block = block
    transfer.bytes += length
  } else if (seen.segment === transfer.seen.segment) transfer.resent++
  if (seen.segment === transfer.seen.segment) noteBlockPace(transfer.pace, block, seen.at)
  if (length >= transfer.blockSize) return
  transfer.end = { kind: 'completed', seen }
  transfer.sha256 = transfer.hash?.digest()
  transfer.hash = undefined
}

const noteFirstBlock = (transfer: Transfer, bytes: Uint8Array): void => {
  transfer.architecture = architectureOfBytes(bytes)
  if (transfer.head) transfer.head = bytes.slice(0, HEAD_BYTES)
  transfer.script = latin1Text(bytes, 0, Math.min(bytes.length, SCRIPT.length)) === SCRIPT
}
const SCRIPT = '#!ipxe'

/** `noteData` for a full block that is not the first, whole, in order, and of the server. */
export const noteNextBlock = (
  transfer: Transfer,
  block: number,
  length: number,
  segment: string,
  at: Micros,
): void => {
  transfer.lastAt = Math.max(transfer.lastAt, at)
  transfer.unanswered = 0
  transfer.unansweredSince = undefined
  transfer.block = block
  transfer.bytes += length
  if (segment === transfer.seen.segment) noteBlockPace(transfer.pace, block, at)
}

const optionOf = (options: TftpOptions, name: string): string | undefined =>
  options.find(([key]) => key.toLowerCase() === name)?.[1]

/** Something of the file arrived. */
export const gotFile = (transfer: Transfer): boolean =>
  transfer.bytes > 0 || transfer.end?.kind === 'completed'
