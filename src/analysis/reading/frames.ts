/**
 * First stage: records of a capture -> the packets that matter here (UDP, ICMP, ARP), each with its frame number.
 * Puts IP fragments together, drops what a mirror port shows twice and what arrived damaged. Does not merge the
 * copies that relays and routers make: those are packets of their own, merged by what they say (`boots.ts`).
 */
import type { Ip4, Mac } from '../../core/address.ts'
import type { Issue } from '../../core/decoded.ts'
import type { Micros } from '../../core/micros.ts'
import type { ArpPacket, IcmpPacket, Ip4Packet, UdpPacket } from '../../wire/frame.ts'
import { MAX_CARRIERS, carriedIn } from '../../wire/carrier.ts'
import { Reassembler } from '../../wire/frames.ts'
import { MAX_REASSEMBLERS, MAX_SEGMENTS } from '../limits.ts'
import { NO_MAC, isForOne, readLink, withVlan } from './link-layer.ts'
import { Mirror } from './mirror.ts'
import type { RecordView, FrameRef } from './record.ts'
import { FastPath } from './fast-path.ts'

export interface IpArrival<Body = UdpPacket | IcmpPacket> {
  readonly kind: 'ip'
  readonly seen: FrameRef
  readonly sourceMac: Mac
  readonly source: Ip4
  readonly target: Ip4
  readonly ttl: number
  /** Bytes at the end of the payload that the capture has cut off. */
  readonly missing: number
  readonly body: Body
}

export interface ArpArrival {
  readonly kind: 'arp'
  readonly seen: FrameRef
  readonly packet: ArpPacket
}

export type Arrival = IpArrival | ArpArrival

/**
 * Takes what is plain about the next packet of a transfer, without a decoder. `unknown`: nobody follows these ports;
 * `decode`: it has to be read with all care. `frame`: its number in the capture.
 */
export type DatagramHandler = (
  datagram: FastPath,
  frame: number,
  at: Micros,
  segment: string,
) => 'handled' | 'unknown' | 'decode'

export class FrameReader {
  /** Frames taken so far, those that could not be read included. */
  count = 0
  /** Frames of which not even the link layer could be read. */
  unreadable = 0
  /** UDP datagrams whose checksum was wrong. */
  damaged = 0
  #intact = 0
  readonly #handle: DatagramHandler
  readonly #fast = new FastPath()
  readonly #mirror = new Mirror()
  readonly #reassemblers = new Map<string, Reassembler>()
  /** Segments on which a frame for a single machine was seen: a mirror port, not just any port. */
  readonly #unicastSegments = new Set<string>()
  /** Names of segments with VLAN tags, by the tags. */
  readonly #tagged = new Map<string, Map<number, string>>()

  /** `handle` is asked about datagrams between two ports of no service. */
  constructor(handle: DatagramHandler) {
    this.#handle = handle
  }

  /**
   * Takes a record if nothing need be made of it: TCP, or the middle of a transfer, which is most of any capture.
   * False = it was not taken and has to be decoded.
   */
  tryFastPath(record: Readonly<RecordView>): boolean {
    const fast = this.#fast
    const found = fast.classify(record)
    if (found === 'decode') return false
    const { at, segment } = record
    const place = fast.tags === 0 ? segment : this.#taggedSegment(segment, fast.tags, record)
    // The first frame for a single machine is decoded like any other, to learn that it is one.
    if (!this.#unicastSegments.has(place)) return false
    if (found === 'datagram') {
      const handled = this.#handle(fast, this.count + 1, at, place)
      if (handled === 'decode') return false
      if (handled === 'handled') this.#mirror.noteDatagram(fast, at, segment)
    }
    this.count++
    return true
  }

  /** DHCPv6 is not read. */
  get sawDhcp6(): boolean {
    return this.#fast.sawDhcp6
  }

  /** `record` is the view that was not taken, `bytes` its own. */
  decode(record: Readonly<RecordView>, bytes: Uint8Array): Arrival | undefined {
    this.count++
    return this.#decodeFrame(record, bytes, 0)
  }

  /** `carriers`: how many the frame was taken out of. */
  #decodeFrame(record: Readonly<RecordView>, bytes: Uint8Array, carriers: number): Arrival | undefined {
    const { segment, at, linkType } = record
    const link = readLink(bytes, linkType, segment)
    if (!link) {
      this.unreadable++
      return undefined
    }
    const isPlain = this.#fast.classify(record) === 'datagram'
    if (isPlain && this.#mirror.isCopyOfDatagram(this.#fast, at, segment)) return undefined
    if (this.#mirror.isCopy({ at, segment, linkType, bytes })) return undefined
    const { frame, segment: place, issues } = link
    const seen = { frame: this.count, at, segment: place }
    if (this.#unicastSegments.size < MAX_SEGMENTS && isForOne(frame)) this.#unicastSegments.add(place)
    const packet = frame.packet
    if (packet.kind === 'arp') return { kind: 'arp', seen, packet }
    const missing = isPlain ? this.#fast.missing : 0
    const whole = packet.kind === 'ip4' ? this.#wholeOf(seen, packet, issues) : undefined
    const carried = carriers < MAX_CARRIERS ? carriedIn(whole?.packet ?? packet) : undefined
    if (carried) {
      const { bytes: inner, name } = carried
      const view = { ...carried, at, segment: `${place} ${name}`, start: 0, end: inner.length }
      return this.#decodeFrame(view, inner, carriers + 1)
    }
    return whole && this.#readIp(seen, frame.source, whole.packet, missing, whole.issues)
  }

  /** Undefined while fragments are missing. */
  #wholeOf(
    { segment, at }: FrameRef,
    packet: Ip4Packet,
    issues: readonly Issue[],
  ): { packet: Ip4Packet; issues: readonly Issue[] } | undefined {
    if (!packet.moreFragments && packet.fragmentOffset === 0) return { packet, issues }
    const found: Issue[] = []
    const whole = this.#reassemblerOf(segment)?.add(at, ownCopy(packet), found)
    return whole && { packet: whole, issues: found }
  }

  #taggedSegment(segment: string, tags: number, { bytes, start }: Readonly<RecordView>): string {
    let names = this.#tagged.get(segment)
    if (!names && this.#tagged.size < MAX_SEGMENTS) this.#tagged.set(segment, (names = new Map()))
    const known = names?.get(tags)
    if (known !== undefined) return known
    const name = withVlan(bytes.subarray(start), segment)
    if (names && names.size < MAX_SEGMENTS) names.set(tags, name)
    return name
  }

  /** False = only broadcasts can be seen there, and a missing unicast means nothing. */
  showsUnicasts(segment: string): boolean {
    return this.#unicastSegments.has(segment)
  }

  #readIp(
    seen: FrameRef,
    sourceMac: Mac,
    packet: Ip4Packet,
    missing: number,
    issues: readonly Issue[],
  ): Arrival | undefined {
    const { source, target, ttl, body } = packet
    if (body.kind === 'raw') return undefined
    if (body.kind === 'udp' && !this.#isIntact(issues)) return undefined
    return { kind: 'ip', seen, sourceMac, source, target, ttl, missing, body }
  }

  /**
   * A receiver drops a damaged datagram, so it must not count as an answer. If most are damaged, the capture was
   * rewritten (made anonymous, say) and its checksums mean nothing.
   */
  #isIntact(issues: readonly Issue[]): boolean {
    for (const issue of issues) {
      if (issue.code !== 'udp.checksum') continue
      this.damaged++
      return this.damaged > this.#intact
    }
    this.#intact++
    return true
  }

  /** Fragments of one datagram travel through the same segment. */
  #reassemblerOf(segment: string): Reassembler | undefined {
    let reassembler = this.#reassemblers.get(segment)
    if (!reassembler && this.#reassemblers.size < MAX_REASSEMBLERS) {
      reassembler = new Reassembler()
      this.#reassemblers.set(segment, reassembler)
    }
    return reassembler
  }
}

/** A fragment may wait for the others long after the piece of file that it came in is done with. */
const ownCopy = (packet: Ip4Packet): Ip4Packet =>
  packet.body.kind === 'raw'
    ? { ...packet, body: { ...packet.body, bytes: packet.body.bytes.slice() } }
    : packet

/** A router lowers the time to live: a packet that still has a usual start value was sent on this segment. */
export const isFromThisSegment = (arrival: IpArrival): boolean =>
  arrival.sourceMac !== NO_MAC && START_TTLS.includes(arrival.ttl)
const START_TTLS: readonly number[] = [16, 20, 32, 60, 64, 128, 255]
