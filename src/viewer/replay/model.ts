/**
 * What a replay consists of: the recording, its hosts, machines and frames, each with what was found out about it once.
 * Types only.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { TraceReader } from '../../core/packed-trace.ts'
import type { Recording, SiteRouter, SiteServer } from '../../simulation/recording.ts'
import type { ClientResult } from '../../simulation/result.ts'
import type { Outage } from './faults-at.ts'

export type Host =
  | { readonly kind: 'server'; readonly name: string; readonly server: SiteServer }
  | { readonly kind: 'router'; readonly name: string; readonly router: SiteRouter }
  | { readonly kind: 'machine'; readonly name: string; readonly machine: ReplayMachine }

export interface ReplayMachine {
  readonly index: number
  readonly host: number
  readonly result: ClientResult
  poweredOn: Micros
  /** When its last choice was made, or its boot ended without one. */
  decided: Micros
  /** Infinity: still trying. */
  ended: Micros
  /** Indices of its events that are no frames, in order: screen, choice, power; what servers did for it; losses. */
  readonly events: number[]
  /** Numbers of its frames, from 0, in order. */
  readonly frames: number[]
}

/** Columns, one row a frame; numbered from 0, while people count from 1. */
export interface Frames {
  readonly count: number
  readonly event: Uint32Array
  readonly at: Float64Array
  readonly segment: Uint8Array
  /** Index into `PROTOCOLS`. */
  readonly protocol: Uint8Array
  /** Index of a host, or -1: unknown. */
  readonly source: Int32Array
  /** Index of a host, or -1: everybody on the segment, or unknown. */
  readonly target: Int32Array
  /** Index of a machine, or -1. */
  readonly machine: Int32Array
}

export interface ChoiceMade {
  readonly at: Micros
  readonly machine: number
}

export interface Replay {
  readonly recording: Recording
  readonly trace: TraceReader | undefined
  readonly hosts: readonly Host[]
  readonly machines: readonly ReplayMachine[]
  readonly frames: Frames
  readonly segments: readonly string[]
  /** Of all machines, in order of time. */
  readonly choices: readonly ChoiceMade[]
  readonly faults: readonly Micros[]
  readonly outages: readonly Outage[]
  readonly end: Micros
  readonly nameOf: (ip: Ip4) => string
  /** A trace is in the file, but does not fit together. */
  readonly damaged: boolean
}
