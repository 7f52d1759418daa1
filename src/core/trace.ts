/**
 * Everything observable of a run is one ordered list of these events; captures, reports, explanations, assertions
 * and the viewer are projections of it. Does not decide who looks at it.
 */
import type { Mac } from './address.ts'
import type { DropCause } from './drops.ts'
import type { Ip } from './ip.ts'
import type { Micros } from './micros.ts'
import type { Phrase, Wording } from './wording.ts'

export type TraceEvent = { readonly at: Micros } & (
  | { readonly kind: 'frame'; readonly segment: string; readonly bytes: Uint8Array }
  | {
      readonly kind: 'drop'
      readonly segment: string
      /** The station that missed it, the segment for what its switch did not get; or who dropped it (`drops.ts`). */
      readonly receiver: string
      readonly cause: DropCause
      readonly bytes: Uint8Array
    }
  /** A line (or the continuation of the last line) on a machine's screen. */
  | { readonly kind: 'screen'; readonly host: string; readonly text: string; readonly continues: boolean }
  /** A choice a machine made, and the rule (docs/rules) that made it. */
  | { readonly kind: 'choice'; readonly host: string; readonly rule: string; readonly text: Phrase }
  | ServiceEvent
  | { readonly kind: 'power'; readonly host: string; readonly on: boolean }
  | FaultEvent
)

/**
 * What a service did with a request and why: answered, ignored, asked, decided, transfer ended. `detail` is a value of
 * its protocol's own union; what stands beside it is known of every event, whatever the protocol.
 */
export interface ServiceEvent<Detail = unknown> extends EventFacts {
  readonly kind: 'service'
  readonly host: string
  /** `pxe`, `tftp`, `dhcp` … */
  readonly service: string
  readonly detail: Detail
  readonly projection: EventProjection<Detail>
}

/** What may be relied upon of an event without knowing its protocol. */
export interface EventFacts {
  /** What happened: `offered`, `ignored` … Unlike the sentence, it is not reworded. */
  readonly type: string
  /** The client it is about, as far as the service knows it. */
  readonly client?: Mac | undefined
  readonly address?: Ip | undefined
}

/** How the events of a service are read by whoever does not know its protocol. One constant for each service. */
export interface EventProjection<Detail> {
  readonly service: string
  facts(detail: Detail): EventFacts
  describe(detail: Detail, wording: Wording): string
}

export const FAULT_CHANGES = ['stop', 'start', 'cut', 'heal', 'set'] as const
export type FaultChange = (typeof FAULT_CHANGES)[number]

/** Something of the network stops or starts working, or changes. */
export interface FaultEvent {
  readonly kind: 'fault'
  readonly change: FaultChange
  /** Servers, `server.service`, or subnets and hosts whose link it is. */
  readonly what: readonly string[]
  readonly text: string
}

export interface TraceSink {
  /** False = nobody looks: whoever would have to encode or format something for the trace may skip it. */
  readonly enabled: boolean
  add(event: TraceEvent): void
}

export const noTrace: TraceSink = { enabled: false, add: () => {} }

/** `watch` is told of each event as it happens. */
export const traceTo = (events: TraceEvent[], watch?: (event: TraceEvent) => void): TraceSink => ({
  enabled: true,
  add: event => {
    events.push(event)
    watch?.(event)
  },
})

/** For whoever looks at the trace: make it only if the sink is enabled. */
export const serviceEvent = <Detail>(
  at: Micros,
  host: string,
  projection: EventProjection<Detail>,
  detail: Detail,
): TraceEvent & ServiceEvent<Detail> => ({
  at,
  kind: 'service',
  host,
  service: projection.service,
  ...projection.facts(detail),
  detail,
  projection,
})

export const describeEvent = <Detail>(
  { projection, detail }: ServiceEvent<Detail>,
  wording: Wording,
): string => projection.describe(detail, wording)

/** Whether this is an event of that service, so that its detail has that service's type. */
export const isEventOf = <Detail>(
  event: TraceEvent,
  projection: EventProjection<Detail>,
): event is TraceEvent & ServiceEvent<Detail> => event.kind === 'service' && event.projection === projection
