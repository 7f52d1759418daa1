/**
 * What is told of a server that is attached from outside: its log, line by line, that it began, and that it ended by itself.
 */
import { parseMac } from '../../core/address.ts'
import type { EventProjection } from '../../core/trace.ts'

/** Lines of one server's log that a run keeps. */
export const MAX_TOLD_LINES = 10_000

export type AttachedEvent =
  | { readonly kind: 'started'; readonly what: string }
  /** A line of its log, or of its screen. */
  | { readonly kind: 'log'; readonly text: string }
  /** By itself, while it was needed. */
  | { readonly kind: 'died'; readonly how: string }
  | { readonly kind: 'failed'; readonly why: string }

const MAC = /(?<![0-9a-f:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![0-9a-f:])/i

export const ATTACHED_EVENTS: EventProjection<AttachedEvent> = {
  service: 'log',
  facts: event => {
    // Servers name the machine that a line is about by its MAC address.
    const mac = event.kind === 'log' ? MAC.exec(event.text)?.[0] : undefined
    return { type: event.kind, client: mac === undefined ? undefined : parseMac(mac.toLowerCase()) }
  },
  describe: event => {
    switch (event.kind) {
      case 'started':
        return `${event.what} is ready`
      case 'log':
        return event.text
      case 'died':
        return event.how
      case 'failed':
        return event.why
    }
  },
}
