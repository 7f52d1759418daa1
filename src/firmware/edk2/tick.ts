/**
 * The driver's one-second tick. It runs free, so that a wait of n ticks ends n - 1 to n seconds later (E-8), and all
 * waits of one boot end in step: REQUEST, 4011 and TFTP retries keep the phase of the first window
 * (E-8, E-33, E-47). Does not drift, as an emulated timer under load may.
 */
import { type Micros, SECOND } from '../../core/micros.ts'

export class Tick {
  /** Time of one tick; the others are whole seconds before and after it. */
  readonly #phase: Micros

  constructor(phase: Micros) {
    this.#phase = phase
  }

  /** When the n-th tick after `now` comes; a tick at `now` itself is over. */
  after(now: Micros, ticks: number): Micros {
    const passed = Math.floor((now - this.#phase) / SECOND)
    return this.#phase + (passed + ticks) * SECOND
  }
}
