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
import { ETHERNET, NO_MAC, isForOne, readLink } from './link-layer.ts'

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

export class FrameReader {
  /** Frames taken so far, those that could not be read included. */
  count = 0
  /** Frames of which not even the link layer could be read. */
  unreadable = 0
  /** UDP datagrams whose checksum was wrong. */
  damaged = 0
  #intact = 0
  readonly #recent: Recent[] = []
  #nextRecent = 0
  readonly #reassemblers = new Map<string, Reassembler>()
  /** Segments on which a frame for a single machine was seen: a mirror port, not just any port. */
  readonly #unicastSegments = new Set<string>()

  read(record: CapturedFrame): Arrival | undefined {
    this.count++
    const link = readLink(record.bytes, record.linkType ?? ETHERNET, record.segment)
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
    return packet.kind === 'ip4' ? this.#readIp(seen, frame.source, packet, issues) : undefined
  }

  /** False = only broadcasts can be seen there, and a missing unicast means nothing. */
  showsUnicasts(segment: string): boolean {
    return this.#unicastSegments.has(segment)
  }

  #readIp(seen: Sighting, sourceMac: Mac, packet: Ip4Packet, issues: readonly Issue[]): Arrival | undefined {
    let found = issues
    let whole: Ip4Packet | undefined = packet
    if (packet.moreFragments || packet.fragmentOffset > 0) {
      const more: Issue[] = []
      whole = this.#reassemblerOf(seen.segment)?.add(seen.at, packet, more)
      found = more
    }
    if (!whole || whole.body.kind === 'raw') return undefined
    if (whole.body.kind === 'udp' && !this.#isIntact(found)) return undefined
    const { source, target, ttl, body } = whole
    return { kind: 'ip', seen, sourceMac, source, target, ttl, body }
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
    this.#recent[this.#nextRecent] = record
    this.#nextRecent = (this.#nextRecent + 1) % MIRROR_DEPTH
    return false
  }
}

/** A router lowers the time to live: a packet that still has a usual start value was sent on this segment. */
export const isFromThisSegment = (arrival: IpArrival): boolean =>
  arrival.sourceMac !== NO_MAC && START_TTLS.includes(arrival.ttl)
const START_TTLS: readonly number[] = [16, 20, 32, 60, 64, 128, 255]
