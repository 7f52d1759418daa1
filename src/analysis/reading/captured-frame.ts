/**
 * A record of a capture as the analyser takes it, and the reference to one that stays when its bytes are gone.
 */
import type { Micros } from '../../core/micros.ts'

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
