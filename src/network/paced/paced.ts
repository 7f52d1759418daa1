/**
 * The virtual network by the wall clock: the same scheduler, the same hosts, but an event happens when its time has
 * come on the wall (times a speed). Whatever comes from outside, such as a frame of a real machine, happens at the
 * time it arrives. Does not know what is outside, and promises no better than a timer of the operating system: events
 * keep their order and their distance, but a single one may be late.
 */
import { type Micros, MILLISECOND } from '../../core/micros.ts'
import type { Scheduler } from '../virtual/scheduler.ts'

/** The wall, so that a test can have its own. Times in milliseconds. */
export interface WallClock {
  now(): number
  /** Calls back once, after so many milliseconds; returns how to prevent it. */
  after(delay: number, fire: () => void): () => void
}

/** A timer of the event loop is late by up to this much, in milliseconds; below it the loop itself is the timer. */
const COARSE = 2

export const WALL: WallClock = {
  now: () => performance.now(),
  after: (delay, fire) => {
    if (delay < COARSE) {
      const soon = setImmediate(fire)
      return () => clearImmediate(soon)
    }
    const later = setTimeout(fire, delay - COARSE / 2)
    return () => clearTimeout(later)
  },
}

/** With nothing due, the world looks at the clock this often (milliseconds), so that `stop` and `until` are seen. */
const IDLE = 50

export class PacedNetwork {
  readonly #clock: Scheduler
  readonly #speed: number
  readonly #wall: WallClock
  /** World time `#from` was at wall time `#since`. */
  #from: Micros
  #since: number
  #holds = 0
  #run: { readonly until: Micros; readonly stop: () => boolean; end(how: End): void } | undefined
  #cancel: () => void = () => {}

  constructor(clock: Scheduler, speed = 1, wall: WallClock = WALL) {
    this.#clock = clock
    this.#speed = speed
    this.#wall = wall
    this.#from = clock.now()
    this.#since = wall.now()
  }

  /** Something happens now that the world has not planned. */
  happen(what: () => void): void {
    if (this.#holds === 0) this.#advance()
    what()
    this.#step()
  }

  /** World time stands still until the returned function has been called (once). */
  hold(): () => void {
    this.#holds++
    let held = true
    return () => {
      if (!held) return
      held = false
      if (--this.#holds === 0) this.#restart()
      this.#step()
    }
  }

  /** Runs until world time `until`, or until `stop` says so after an event. Rejects with what an event throws. */
  run(until: Micros, stop: () => boolean): Promise<End> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        this.#cancel()
        this.#run = undefined
        settle()
      }
      this.#run = { until, stop, end: how => finish(() => resolve(how)) }
      this.#fail = error => finish(() => reject(error))
      this.#restart()
      this.#step()
    })
  }

  /** Ends the run with an error. */
  fail(error: Error): void {
    this.#fail(error)
  }
  #fail: (error: Error) => void = () => {}

  #restart(): void {
    this.#from = this.#clock.now()
    this.#since = this.#wall.now()
  }

  /** False: the run has ended. */
  #advance(): boolean {
    const run = this.#run
    if (!run) return false
    const due = this.#from + (this.#wall.now() - this.#since) * MILLISECOND * this.#speed
    try {
      // An event may bring time to a halt.
      const halt = () => this.#holds > 0 || run.stop()
      this.#clock.advance(Math.min(Math.floor(due), run.until), halt)
    } catch (error) {
      this.fail(error as Error)
      return false
    }
    return true
  }

  #step(): void {
    this.#cancel()
    if (this.#holds === 0 && !this.#advance()) return
    const run = this.#run
    if (!run) return
    if (run.stop()) return run.end('stopped')
    if (this.#holds > 0) return
    if (this.#clock.now() >= run.until) return run.end('reached')
    const next = Math.min(this.#clock.nextAt ?? Infinity, run.until)
    const due = (next - this.#from) / (MILLISECOND * this.#speed) + this.#since - this.#wall.now()
    this.#cancel = this.#wall.after(Math.min(Math.max(due, 0), IDLE), () => this.#step())
  }
}

export type End = 'stopped' | 'reached'
