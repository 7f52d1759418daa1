/**
 * First stage: records of a capture -> the packets that matter here (UDP, ICMP, ARP), each with its frame number.
 * Puts IP fragments together, drops what a mirror port shows twice and what arrived damaged. Does not merge the
 * copies that relays and routers make: those are packets of their own, merged by what they say (`boots.ts`).
 */
import type { Ip4, Mac } from '../core/address.ts'
import { equalBytes } from '../core/bytes.ts'
import type { Issue } from '../core/decoded.ts'
import type { Micros } from '../core/micros.ts'
import type { ArpPacket, IcmpPacket, Ip4Packet, UdpPacket } from '../wire/frame.ts'
import { Reassembler } from '../wire/frames.ts'
import { MAX_REASSEMBLERS, MAX_SEGMENTS, MIRROR_DEPTH, MIRROR_WINDOW } from './limits.ts'
import { ETHERNET, NO_MAC, isForOne, readLink, withVlan } from './link-layer.ts'
import { Peek } from './peek.ts'

export interface CapturedFrame {
  readonly at: Micros
  readonly segment: string
  readonly bytes: Uint8Array
  /** LINKTYPE of the pcap registry; default 1 = Ethernet. */
  readonly linkType?: number
}

/** Where and when something was seen. */
export interface Sighting {
  /** Number of the frame in the capture, from 1. */
  readonly frame: number
  readonly at: Micros
  readonly segment: string
}

export interface IpArrival<Body = UdpPacket | IcmpPacket> {
  readonly kind: 'ip'
  readonly seen: Sighting
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
  readonly seen: Sighting
  readonly packet: ArpPacket
}

export type Arrival = IpArrival | ArpArrival

interface Recent {
  readonly at: Micros
  readonly segment: string
  readonly bytes: Uint8Array
}

/**
 * Takes what is plain about the next packet of a transfer, without a decoder. `nothing`: nobody follows these ports;
 * `look`: it has to be read with all care.
 */
export type QuickLook = (peek: Peek, bytes: Uint8Array, seen: Sighting) => 'taken' | 'nothing' | 'look'

export class FrameReader {
  /** Frames taken so far, those that could not be read included. */
  count = 0
  /** Frames of which not even the link layer could be read. */
  unreadable = 0
  /** UDP datagrams whose checksum was wrong. */
  damaged = 0
  #intact = 0
  readonly #quick: QuickLook
  readonly #peek = new Peek()
  readonly #recent: Recent[] = []
  #nextRecent = 0
  readonly #reassemblers = new Map<string, Reassembler>()
  /** Segments on which a frame for a single machine was seen: a mirror port, not just any port. */
  readonly #unicastSegments = new Set<string>()

  /** `quick` is asked about datagrams between two ports of no service. */
  constructor(quick: QuickLook) {
    this.#quick = quick
  }

  read(record: CapturedFrame): Arrival | undefined {
    this.count++
    const { bytes, linkType = ETHERNET } = record
    const glance = this.#peek.read(bytes, linkType)
    if (glance === 'look') return this.#decode(record, linkType)
    const segment = this.#peek.tagged ? withVlan(bytes, record.segment) : record.segment
    // The first frame for a single machine is decoded like any other, to learn that it is one.
    const { missing } = this.#peek
    if (!this.#unicastSegments.has(segment)) return this.#decode(record, linkType, missing)
    if (glance === 'pass') return undefined
    const taken = this.#quick(this.#peek, bytes, { frame: this.count, at: record.at, segment })
    if (taken === 'look') return this.#decode(record, linkType, missing)
    if (taken === 'taken') this.#remember(record)
    return undefined
  }

  #decode(record: CapturedFrame, linkType: number, missing = 0): Arrival | undefined {
    const link = readLink(record.bytes, linkType, record.segment)
    if (!link) {
      this.unreadable++
      return undefined
    }
    if (this.#isMirrored(record)) return undefined
    const { frame, segment, issues } = link
    const seen = { frame: this.count, at: record.at, segment }
    if (this.#unicastSegments.size < MAX_SEGMENTS && isForOne(frame)) this.#unicastSegments.add(segment)
    const packet = frame.packet
    if (packet.kind === 'arp') return { kind: 'arp', seen, packet }
    return packet.kind === 'ip4' ? this.#readIp(seen, frame.source, packet, missing, issues) : undefined
  }

  /** False = only broadcasts can be seen there, and a missing unicast means nothing. */
  showsUnicasts(segment: string): boolean {
    return this.#unicastSegments.has(segment)
  }

  #readIp(
    seen: Sighting,
    sourceMac: Mac,
    packet: Ip4Packet,
    missing: number,
    issues: readonly Issue[],
  ): Arrival | undefined {
    let found = issues
    let whole: Ip4Packet | undefined = packet
    if (packet.moreFragments || packet.fragmentOffset > 0) {
      const more: Issue[] = []
      whole = this.#reassemblerOf(seen.segment)?.add(seen.at, ownCopy(packet), more)
      found = more
    }
    if (!whole || whole.body.kind === 'raw') return undefined
    if (whole.body.kind === 'udp' && !this.#isIntact(found)) return undefined
    const { source, target, ttl, body } = whole
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

  /** A mirror port that copies both directions of a link shows a frame twice, microseconds apart. */
  #isMirrored(record: CapturedFrame): boolean {
    for (const recent of this.#recent)
      if (
        recent.bytes.length === record.bytes.length &&
        Math.abs(record.at - recent.at) <= MIRROR_WINDOW &&
        recent.segment === record.segment &&
        equalBytes(recent.bytes, record.bytes)
      )
        return true
    this.#remember(record)
    return false
  }

  #remember(record: CapturedFrame): void {
    this.#recent[this.#nextRecent] = record
    this.#nextRecent = (this.#nextRecent + 1) % MIRROR_DEPTH
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
