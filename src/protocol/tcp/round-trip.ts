/**
 * How long to wait for an acknowledgment: from measured round trips, doubled after each silence (RFC 6298).
 */
import { type Micros, SECOND } from '../../core/micros.ts'

const FIRST: Micros = SECOND
/** RFC 6298 says one second; stacks of today, with finer clocks, less. */
const LEAST: Micros = SECOND / 5
const MOST: Micros = 60 * SECOND

export class RoundTrip {
  #smoothed: Micros | undefined
  #variation: Micros = 0
  #timeout = FIRST
  /** The segment that is being timed ends before `sequence`; one at a time, and none that was sent twice (Karn). */
  #timed: { readonly sequence: number; readonly at: Micros } | undefined

  get timeout(): Micros {
    return this.#timeout
  }

  /** Sequence number up to which an acknowledgment ends the measurement; undefined: nothing is being timed. */
  get timed(): number | undefined {
    return this.#timed?.sequence
  }

  start(now: Micros, sequence: number): void {
    this.#timed ??= { sequence, at: now }
  }

  forget(): void {
    this.#timed = undefined
  }

  measured(now: Micros): void {
    const roundTrip = now - this.#timed!.at
    this.#timed = undefined
    if (this.#smoothed === undefined) {
      this.#smoothed = roundTrip
      this.#variation = roundTrip / 2
    } else {
      this.#variation = (3 * this.#variation + Math.abs(this.#smoothed - roundTrip)) / 4
      this.#smoothed = (7 * this.#smoothed + roundTrip) / 8
    }
  }

  /** Nobody answered in time. */
  backOff(): void {
    this.forget()
    this.#timeout = Math.min(2 * this.#timeout, MOST)
  }

  /** Something was acknowledged: waits are as long as the way needs again. */
  settle(): void {
    this.#timeout =
      this.#smoothed === undefined
        ? FIRST
        : Math.round(Math.min(Math.max(this.#smoothed + 4 * this.#variation, LEAST), MOST))
  }
}
