/**
 * Servers of a scenario that are functions: what a test writes where no kind of server does what it needs. Does not run
 * them.
 */
import type { RespondFunction } from '../servers/function/responder.ts'

export interface RespondOptions {
  /** Its subnet; may be left out where there is only one. */
  readonly on?: string
  /** Its address there; default: the last that nobody else is given. */
  readonly address?: string
  /** UDP ports on which it hears; default 67 and 4011. */
  readonly ports?: readonly number[]
  /** Waits before each reply, on top of what a reply says itself: `'2ms'`, `'0ms..5ms'`. */
  readonly responseDelay?: string
  /** Files of a TFTP service beside it: name to size in bytes or text. */
  readonly files?: Readonly<Record<string, number | string>>
}

export interface FunctionServer extends RespondOptions {
  readonly kind: 'function'
  readonly respond: RespondFunction
}

/**
 * A server that answers by a function: `servers: { rogue: respond((packet, context) => …) }`. The function is called with
 * each packet to one of its ports, and gives nothing, a reply, or several.
 */
export const respond = (answer: RespondFunction, options: RespondOptions = {}): FunctionServer => ({
  kind: 'function',
  respond: answer,
  ...options,
})
