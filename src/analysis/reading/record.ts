/**
 * A record of a capture as the analyser takes it, and the reference to one that stays when its bytes are gone.
 */
import type { Micros } from '../../core/micros.ts'

/** A record that lies in a larger buffer. Whoever reads a capture has one of these and fills it anew for each record. */
export interface RecordView {
  at: Micros
  segment: string
  linkType: number
  bytes: Uint8Array
  /** Where in `bytes` it begins and ends. */
  start: number
  end: number
}

export const emptyRecord = (): RecordView => ({
  at: 0,
  segment: '',
  linkType: 0,
  bytes: new Uint8Array(0),
  start: 0,
  end: 0,
})

/** A record with bytes of its own, which stay as they are. */
export interface CapturedFrame {
  readonly at: Micros
  readonly segment: string
  readonly bytes: Uint8Array
  /** LINKTYPE of the pcap registry; default 1 = Ethernet. */
  readonly linkType?: number
}

/** Where and when something was seen. */
export interface FrameRef {
  /** Number of the frame in the capture, from 1. */
  readonly frame: number
  readonly at: Micros
  readonly segment: string
}
