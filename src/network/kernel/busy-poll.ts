/**
 * Adaptive busy-polling: decides whether to wait briefly for the next datagram in the call that served the last one,
 * instead of returning to the event loop. That is worthwhile while peers answer at once, as in a lock-step TFTP
 * transfer. It adapts, so that a slow peer, or one in this very process that cannot run meanwhile, costs next to nothing.
 */

/** A datagram that arrives within this time of the previous one would have been worth waiting for. */
export const SOON_MICROS = 500
/** Length of a streak of such datagrams before it polls for the first time … */
export const MIN_STREAK = 16
/** … and the most it asks for after repeated misses. */
export const MAX_STREAK = 1_024

/** About this many hits halve the distance back to MIN_STREAK. */
const HITS_TO_HALVE = 8

export class BusyPoll {
  #threshold = MIN_STREAK
  #streak = 0

  get isWorthwhile(): boolean {
    return this.#streak >= this.#threshold
  }

  /** It did not poll, and a datagram arrived `after` microseconds after the last call ended. */
  arrived(after: number): void {
    this.#streak = after <= SOON_MICROS ? this.#streak + 1 : 0
  }

  /** A poll brought a datagram. The threshold recovers as fast as it rose, since peers come and go. */
  hit(): void {
    if (this.#threshold > MIN_STREAK)
      this.#threshold -= Math.ceil((this.#threshold - MIN_STREAK) / HITS_TO_HALVE)
  }

  /** A poll brought nothing. */
  missed(): void {
    this.#streak = 0
    this.#threshold = Math.min(2 * this.#threshold, MAX_STREAK)
  }
}
