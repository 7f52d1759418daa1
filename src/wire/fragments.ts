/**
 * IPv4 fragmentation and reassembly (RFC 791 §3.2). Exact duplicates are ignored; any other overlap condemns the
 * datagram, as current stacks do (the reasons are those of RFC 5722). Does not send ICMP "time exceeded".
 */
import { ip4Number } from '../core/address.ts'
import type { Issue } from '../core/decoded.ts'
import { SECOND } from '../core/micros.ts'
import type { Micros } from '../core/micros.ts'
import type { Ip4Packet, RawBody } from './frame.ts'
import { MAX_IP4_LENGTH, encodeBody, ip4Length, protocolOf, readBody } from './ip4.ts'
import { IP4 } from './layout.ts'

/** RFC 791 §3.2: every link carries 68 bytes unfragmented. */
export const MTU_MIN = 68
/** Datagrams one host may have half received; the oldest goes first. */
export const MAX_PENDING_DATAGRAMS = 64
/** Memory for half received datagrams, in bytes, the cost of keeping a fragment included; the oldest goes first. */
export const MAX_PENDING_BYTES = 1 << 20
/** From the first fragment to arrive. RFC 791 §3.2 suggests 15 s; the stacks in use wait 30. */
export const REASSEMBLY_TIMEOUT: Micros = 30 * SECOND

/** What keeping one fragment costs beside its bytes, so that many tiny ones count as well. */
const FRAGMENT_OVERHEAD = 128

/**
 * The packet itself if it fits; nothing if it does not and must not be fragmented. Throws RangeError for an MTU that
 * no link may have.
 */
export const fragment = (packet: Ip4Packet, mtu: number): Ip4Packet[] => {
  if (mtu < MTU_MIN) throw new RangeError(`MTU ${mtu} is below ${MTU_MIN}`)
  if (ip4Length(packet) <= mtu) return [packet]
  if (packet.dontFragment) return []
  const bytes = encodeBody(packet)
  const protocol = protocolOf(packet.body)
  const step = (mtu - IP4.length) & ~7
  const fragments: Ip4Packet[] = []
  for (let start = 0; start < bytes.length; start += step) {
    const end = Math.min(start + step, bytes.length)
    fragments.push({
      ...packet,
      fragmentOffset: packet.fragmentOffset + start,
      moreFragments: end < bytes.length || packet.moreFragments,
      body: { kind: 'raw', protocol, bytes: bytes.subarray(start, end) },
    })
  }
  return fragments
}

interface Piece {
  readonly start: number
  readonly bytes: Uint8Array
}

interface Pending {
  readonly key: string
  readonly deadline: Micros
  /** Ordered by `start`, without overlap. */
  readonly pieces: Piece[]
  first: Ip4Packet | undefined
  /** Length of the body, once the last fragment has come. */
  length: number | undefined
  received: number
  cost: number
}

/** One per receiving host. */
export class Reassembler {
  /** In order of arrival, which is also the order of their deadlines. */
  readonly #pending = new Map<string, Pending>()
  #cost = 0

  /** How many datagrams are incomplete. */
  get size(): number {
    return this.#pending.size
  }

  /**
   * The whole packet, as soon as there is one; what is not fragmented is returned as it is. A whole packet with a
   * wrong checksum is dropped, unless the caller takes `issues`: it is then returned and the issue added there.
   * `dropped` is told the first fragment of what there is no room for.
   */
  add(
    now: Micros,
    packet: Ip4Packet,
    issues?: Issue[],
    dropped?: (first: Ip4Packet) => void,
  ): Ip4Packet | undefined {
    if (packet.fragmentOffset === 0 && !packet.moreFragments) return packet
    if (packet.body.kind !== 'raw' || !isPlausible(packet, packet.body)) return undefined
    this.#expire(now)
    const pending = this.#pendingFor(now, packet, packet.body)
    const placed = place(pending, packet, packet.body.bytes)
    if (placed === 'conflict') this.#drop(pending)
    if (placed !== 'added') return undefined
    const cost = packet.body.bytes.length + FRAGMENT_OVERHEAD
    pending.cost += cost
    this.#cost += cost
    if (pending.received !== pending.length || !pending.first) {
      this.#keepLimits(dropped)
      return undefined
    }
    this.#drop(pending)
    return assemble(pending, pending.first, packet.body.protocol, issues)
  }

  #pendingFor(now: Micros, packet: Ip4Packet, body: RawBody): Pending {
    const key = `${ip4Number(packet.source)} ${ip4Number(packet.target)} ${body.protocol} ${packet.identification}`
    const known = this.#pending.get(key)
    if (known) return known
    const fresh: Pending = {
      key,
      deadline: now + REASSEMBLY_TIMEOUT,
      pieces: [],
      first: undefined,
      length: undefined,
      received: 0,
      cost: 0,
    }
    this.#pending.set(key, fresh)
    return fresh
  }

  #expire(now: Micros): void {
    for (const pending of this.#pending.values()) {
      if (pending.deadline > now) return
      this.#drop(pending)
    }
  }

  #keepLimits(dropped?: (first: Ip4Packet) => void): void {
    for (const pending of this.#pending.values()) {
      if (this.#pending.size <= MAX_PENDING_DATAGRAMS && this.#cost <= MAX_PENDING_BYTES) return
      this.#drop(pending)
      if (pending.first) dropped?.(pending.first)
    }
  }

  #drop(pending: Pending): void {
    this.#pending.delete(pending.key)
    this.#cost -= pending.cost
  }
}

/** RFC 791 §3.2: all but the last are multiples of 8 bytes; and no datagram is longer than its length field can say. */
const isPlausible = (packet: Ip4Packet, body: RawBody): boolean =>
  body.bytes.length > 0 &&
  (!packet.moreFragments || body.bytes.length % 8 === 0) &&
  IP4.length + packet.fragmentOffset + body.bytes.length <= MAX_IP4_LENGTH

const place = (
  pending: Pending,
  packet: Ip4Packet,
  bytes: Uint8Array,
): 'added' | 'duplicate' | 'conflict' => {
  const start = packet.fragmentOffset
  const end = start + bytes.length
  const pieces = pending.pieces
  let index = pieces.length
  while (index > 0 && pieces[index - 1]!.start > start) index--
  const before = pieces[index - 1]
  const after = pieces[index]
  if (before?.start === start && before.bytes.length === bytes.length) return 'duplicate'
  if (before && before.start + before.bytes.length > start) return 'conflict'
  if (after && after.start < end) return 'conflict'
  const last = pieces.at(-1)
  const reached = Math.max(end, last ? last.start + last.bytes.length : 0)
  if (!packet.moreFragments) {
    if (pending.length !== undefined || reached > end) return 'conflict'
    pending.length = end
  } else if (pending.length !== undefined && end > pending.length) return 'conflict'
  pieces.splice(index, 0, { start, bytes })
  pending.received += bytes.length
  if (start === 0) pending.first = packet
  return 'added'
}

const assemble = (
  pending: Pending,
  first: Ip4Packet,
  protocol: number,
  issues: Issue[] | undefined,
): Ip4Packet | undefined => {
  const bytes = new Uint8Array(pending.received)
  for (const piece of pending.pieces) bytes.set(piece.bytes, piece.start)
  const found: Issue[] = []
  const body = readBody(protocol, bytes, 0, bytes.length, first.source, first.target, false, found)
  if (issues) issues.push(...found)
  else if (found.some(issue => issue.severity !== 'oddity')) return undefined
  return { ...first, moreFragments: false, fragmentOffset: 0, body }
}
