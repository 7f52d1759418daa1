/**
 * An event as a recording keeps it: its sentence, written in the wording of whoever records, and beside it the facts
 * that may be relied upon. A reader of a recording need not know any protocol, and has nothing to look for in a sentence.
 */
import type { Mac } from './address.ts'
import type { Ip } from './ip.ts'
import type { Micros } from './micros.ts'
import { type FaultEvent, type TraceEvent, describeEvent } from './trace.ts'
import { type Wording, inWords } from './wording.ts'

/** The bytes of frames and drops are kept and read on their own. */
export type RecordedEvent = { readonly at: Micros } & (
  | { readonly kind: 'frame'; readonly segment: string }
  | { readonly kind: 'drop'; readonly segment: string; readonly receiver: string; readonly cause: string }
  | { readonly kind: 'screen'; readonly host: string; readonly text: string; readonly continues: boolean }
  | { readonly kind: 'choice'; readonly host: string; readonly rule: string; readonly text: string }
  | {
      readonly kind: 'service'
      readonly host: string
      readonly service: string
      readonly type: string
      readonly client: Mac | undefined
      readonly address: Ip | undefined
      readonly text: string
    }
  | { readonly kind: 'power'; readonly host: string; readonly on: boolean }
  | FaultEvent
)

export type RecordedKind = RecordedEvent['kind']

export const recorded = (event: TraceEvent, wording: Wording): RecordedEvent => {
  switch (event.kind) {
    case 'choice':
      return { ...event, text: inWords(event.text, wording) }
    case 'service': {
      const { at, kind, host, service, type, client, address } = event
      return { at, kind, host, service, type, client, address, text: describeEvent(event, wording) }
    }
    case 'frame':
    case 'drop': {
      const { bytes: _, ...rest } = event
      return rest
    }
    case 'screen':
    case 'power':
    case 'fault':
      return event
  }
}
