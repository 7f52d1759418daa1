/**
 * One TFTP transfer as it shows in a capture: who asked whom for what, and how it ended. Ports are the transfer's
 * identity (RFC 1350 §4), because a server answers from a port of its own, and sometimes from an address of its own.
 * Does not know why the file was asked for.
 */
import type { Ip4 } from '../core/address.ts'
import type { Unreachable } from '../core/machine.ts'
import type { Micros } from '../core/micros.ts'
import type { UdpPacket } from '../wire/frame.ts'
import { TFTP_ERROR, TFTP_PORT, type TftpOptions, type TftpPacket } from '../wire/tftp/packet.ts'
import { type Make, makeOfBytes } from './architecture.ts'
import type { IpArrival, Sighting } from './frames.ts'

export type TransferEnd =
  | { readonly kind: 'completed'; readonly seen: Sighting }
  /** The client asked for the size only and broke off (E-46, B-21): normal. */
  | { readonly kind: 'sizeQuery'; readonly seen: Sighting }
  | {
      readonly kind: 'clientError' | 'serverError'
      readonly seen: Sighting
      readonly code: number
      readonly text: string
    }

export interface Transfer {
  readonly client: Ip4
  readonly clientPort: number
  readonly server: Ip4
  readonly file: string
  readonly asksSize: boolean
  readonly seen: Sighting
  /** Times the request was sent, as counted on the segment where it was seen first. */
  requests: number
  lastRequestAt: Micros
  /** The first answer, of whatever kind; a client that acknowledges proves one that was not captured. */
  answered: Sighting | undefined
  /** Somebody else answered. */
  otherSource: Ip4 | undefined
  blockSize: number | undefined
  /** Bytes of file seen, repeated blocks once. */
  bytes: number
  /** Low 16 bits of the highest block seen. */
  block: number
  /** The last block that the client acknowledged. */
  acked: number | undefined
  lastAt: Micros
  /** Packets of the client since the server was last heard, and the first of them. */
  unanswered: number
  unansweredSince: Sighting | undefined
  end: TransferEnd | undefined
  unreachable: { readonly cause: Unreachable['cause']; readonly by: Ip4; readonly seen: Sighting } | undefined
  made: Make | undefined
}

type Request = Extract<TftpPacket, { kind: 'rrq' | 'wrq' }>
type UdpArrival = IpArrival<UdpPacket>

export const openTransfer = (arrival: UdpArrival, request: Request): Transfer => ({
  client: arrival.source,
  clientPort: arrival.body.sourcePort,
  server: arrival.target,
  file: request.file,
  asksSize: optionOf(request.options, 'tsize') !== undefined,
  seen: arrival.seen,
  requests: 1,
  lastRequestAt: arrival.seen.at,
  answered: undefined,
  otherSource: undefined,
  blockSize: undefined,
  bytes: 0,
  block: 0,
  acked: undefined,
  lastAt: arrival.seen.at,
  unanswered: 0,
  unansweredSince: undefined,
  end: undefined,
  unreachable: undefined,
  made: undefined,
})

/** The same request again: a retry, or the copy that a router put on the next segment. */
export const isSameRequest = (transfer: Transfer, arrival: UdpArrival, request: Request): boolean =>
  transfer.server === arrival.target &&
  transfer.file === request.file &&
  transfer.asksSize === (optionOf(request.options, 'tsize') !== undefined) &&
  (transfer.end === undefined || arrival.seen.segment !== transfer.seen.segment)

export const repeatRequest = (transfer: Transfer, seen: Sighting): void => {
  transfer.lastAt = Math.max(transfer.lastAt, seen.at)
  if (seen.segment !== transfer.seen.segment) return
  transfer.requests++
  transfer.lastRequestAt = seen.at
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
  if (seen.segment !== transfer.seen.segment) return
  // An ACK of a new block is an answer to DATA, even where the capture shows one direction only.
  if (packet.kind === 'ack' && packet.block !== transfer.acked) {
    transfer.acked = packet.block
    transfer.unanswered = 0
    transfer.unansweredSince = undefined
  }
  transfer.unanswered++
  transfer.unansweredSince ??= seen
}

export const noteServerPacket = (transfer: Transfer, arrival: UdpArrival, packet: TftpPacket): void => {
  const { seen } = arrival
  transfer.lastAt = Math.max(transfer.lastAt, seen.at)
  if (arrival.source !== transfer.server) {
    transfer.otherSource ??= arrival.source
    return
  }
  transfer.answered ??= seen
  transfer.unanswered = 0
  transfer.unansweredSince = undefined
  if (transfer.end) return
  if (packet.kind === 'error')
    transfer.end = { kind: 'serverError', seen, code: packet.code, text: packet.message }
  else if (packet.kind === 'oack')
    transfer.blockSize = Number(optionOf(packet.options, 'blksize') ?? '512') || 512
  else if (packet.kind === 'data') noteBlock(transfer, seen, packet.block, packet.bytes)
}

const noteBlock = (transfer: Transfer, seen: Sighting, block: number, bytes: Uint8Array): void => {
  // Where the OACK was not captured, a full first block tells the size.
  transfer.blockSize ??= Math.max(512, bytes.length)
  if (block === 1 && transfer.bytes === 0) transfer.made = makeOfBytes(bytes)
  const ahead = (block - transfer.block) & 0xffff
  if (ahead > 0 && ahead < 0x8000) {
    transfer.block = block
    transfer.bytes += bytes.length
  }
  if (bytes.length < transfer.blockSize) transfer.end = { kind: 'completed', seen }
}

const optionOf = (options: TftpOptions, name: string): string | undefined =>
  options.find(([key]) => key.toLowerCase() === name)?.[1]

/** Something of the file arrived. */
export const gotFile = (transfer: Transfer): boolean =>
  transfer.bytes > 0 || transfer.end?.kind === 'completed'
