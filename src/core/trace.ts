/**
 * Everything observable of a run is one ordered list of these events; captures, reports, explanations, assertions
 * and the viewer are projections of it. Does not decide who looks at it.
 */
import type { Micros } from './micros.ts'

export type TraceEvent = { readonly at: Micros } & (
  | { readonly kind: 'frame'; readonly segment: string; readonly bytes: Uint8Array }
  | {
      readonly kind: 'drop'
      readonly segment: string
      readonly receiver: string
      readonly cause: string
      readonly bytes: Uint8Array
    }
  /** A line (or the continuation of the last line) on a machine's screen. */
  | { readonly kind: 'screen'; readonly host: string; readonly text: string; readonly continues: boolean }
  /** A choice a machine made, and the rule (docs/rules) that made it. */
  | { readonly kind: 'choice'; readonly host: string; readonly rule: string; readonly text: string }
  /** What a service did with a request and why: answered, ignored, asked, decided, transfer ended. */
  | { readonly kind: 'service'; readonly host: string; readonly service: string; readonly text: string }
  | { readonly kind: 'power'; readonly host: string; readonly on: boolean }
  | { readonly kind: 'fault'; readonly text: string }
)

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
