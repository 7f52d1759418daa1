/**
 * What a capture file holds, whatever its format. Does not know any format.
 */
import type { Micros } from '../../core/micros.ts'

/** Time 0 of every capture we write: 2020-01-01T00:00:00Z, in seconds since 1970. Fixed, so that runs repeat. */
export const CAPTURE_EPOCH_SECONDS = 1_577_836_800

/** https://www.tcpdump.org/linktypes.html */
export const LINK_TYPE = {
  bsdNull: 0,
  ethernet: 1,
  ppp: 9,
  rawIp: 101,
  ieee80211: 105,
  bsdLoop: 108,
  linuxSll: 113,
  radiotap: 127,
  rawIp4: 228,
  linuxSll2: 276,
} as const

export interface CaptureRecord {
  /** Since CAPTURE_EPOCH_SECONDS; negative for what was captured before. */
  readonly at: Micros
  /** Index of the interface: the segment it was seen on. */
  readonly iface: number
  readonly bytes: Uint8Array
  /** Of the frame on the wire, where the capture holds less of it. */
  readonly originalLength?: number
  /** A remark that Wireshark shows with the packet; pcapng only. */
  readonly comment?: string
}

/** A record as read, with the link type of its interface: `decodeLink(linkType, bytes)`. */
export interface CapturedFrame extends CaptureRecord {
  readonly linkType: number
}

/** A record where it lies in the reader's buffer: shown until the next one is read, and never kept. */
export interface CaptureCursor {
  readonly at: Micros
  readonly iface: number
  readonly linkType: number
  readonly buffer: Uint8Array
  readonly start: number
  readonly end: number
  readonly originalLength: number
}

export interface CaptureInterface {
  readonly name: string
  readonly linkType: number
}
