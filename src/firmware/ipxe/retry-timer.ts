/**
 * iPXE's clock and its retry timer (net/retry.c). Time advances in coarse ticks, so every wait ends on the next tick
 * at or after its length: a BIOS build sends its second DISCOVER at 1.02 s rather than at 1 s, and reaches 3.05 s
 * where the text says 3 s. Does not measure round trips: no exchange of DHCP lives long enough for that.
 */
import { type Micros, SECOND } from '../../core/micros.ts'

/** iPXE counts 1024 units to the second, in steps of one platform tick. */
export const UNITS_PER_SECOND = 1024

export interface TickSize {
  readonly micros: Micros
  readonly units: number
}

/** The 18.2 Hz tick of the PC's timer chip; iPXE counts it as 56 units (1024 × 86,400 / 1,573,040, rounded down). */
export const BIOS_TICK: TickSize = { micros: 54_925, units: 56 }
/** EFI builds run a periodic event of 32 Hz. */
export const EFI_TICK: TickSize = { micros: 31_250, units: 32 }

export class TickClock {
  readonly #tick: TickSize
  /** How far the tick counter is ahead of a tick's start at time 0: differs from one power-on to the next. */
  readonly #phase: Micros

  constructor(tick: TickSize, phase: Micros) {
    this.#tick = tick
    this.#phase = phase
  }

  /** In units. */
  at(now: Micros): number {
    return this.#index(now) * this.#tick.units
  }

  /** When a wait of so many units that starts now is over. */
  after(now: Micros, units: number): Micros {
    const ticks = Math.ceil(units / this.#tick.units)
    return ticks === 0 ? now : this.#start(this.#index(now) + ticks)
  }

  #index(now: Micros): number {
    return Math.floor((now + this.#phase) / this.#tick.micros)
  }

  #start(index: number): Micros {
    return index * this.#tick.micros - this.#phase
  }
}

/** In seconds. `min` 0 stands for a quarter of a second, iPXE's default. */
export interface RetryLimits {
  readonly min: number
  readonly max: number
}

/** The first wait is nothing at all; then `min`, doubled each time. It has failed when the next would pass `max`. */
export class RetryTimer {
  /** When it expires. */
  at: Micros
  #units = 0
  readonly #clock: TickClock
  readonly #min: number
  readonly #max: number

  constructor(clock: TickClock, now: Micros, limits: RetryLimits) {
    this.#clock = clock
    this.#min = (limits.min || 0.25) * UNITS_PER_SECOND
    this.#max = limits.max * UNITS_PER_SECOND
    this.at = now
  }

  /** One wait of the given length; the one after it is twice as long. */
  startFixed(now: Micros, seconds: number): void {
    this.#units = seconds * UNITS_PER_SECOND
    this.at = this.#clock.after(now, this.#units)
  }

  start(now: Micros): void {
    this.#units = Math.max(this.#units, this.#min)
    this.at = this.#clock.after(now, this.#units)
  }

  /** Told that it expired; true if that was the last time. */
  backOff(): boolean {
    this.#units *= 2
    return this.#units > this.#max
  }
}

/** `elapsed` (in units) is more than so many seconds. */
export const isOver = (elapsed: number, seconds: number): boolean => elapsed > seconds * UNITS_PER_SECOND

/** The next dot of a row that grows by one a second. */
export const DOT_INTERVAL: Micros = SECOND
