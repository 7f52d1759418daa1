/**
 * Replies that leave a while after they were decided on, as those of a slow server do. Does not reorder replies
 * whose time is the same.
 */
import type { Action } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { Deadlines } from '../../core/deadlines.ts'
import type { Random } from '../../core/random.ts'
import type { DelayRange } from './server-options.ts'

type Send = Extract<Action<'dhcp', never>, { type: 'send' }>

/** Replies waiting at one time; further ones are lost, as in a real server's full queue. */
const MAX_DELAYED_SENDS = 65_536

export class DelayedSends {
  /** For replies decided on from now on; undefined = at once. */
  range: DelayRange | undefined
  readonly #random: Random | undefined
  readonly #waiting = new Map<number, Send>()
  readonly #deadlines = new Deadlines<number>()
  #count = 0

  constructor(range: DelayRange | undefined, random: Random | undefined) {
    this.range = range
    this.#random = random
  }

  get next(): Micros | undefined {
    return this.#deadlines.next
  }

  /** The server starts anew: what it had not sent is lost. */
  clear(): void {
    for (const number of this.#waiting.keys()) this.#deadlines.clear(number)
    this.#waiting.clear()
  }

  /** Returns the action if it is to be done now. */
  send(now: Micros, action: Send): Send | undefined {
    const delay = this.#draw()
    if (delay === 0) return action
    if (this.#waiting.size >= MAX_DELAYED_SENDS) return undefined
    const number = this.#count++
    this.#waiting.set(number, action)
    this.#deadlines.set(number, now + delay)
    return undefined
  }

  due(now: Micros): Send[] {
    const sends: Send[] = []
    for (let due = this.#deadlines.take(now); due !== undefined; due = this.#deadlines.take(now)) {
      sends.push(this.#waiting.get(due)!)
      this.#waiting.delete(due)
    }
    return sends
  }

  #draw(): Micros {
    const { range } = this
    if (!range) return 0
    return range.high > range.low && this.#random ? this.#random.between(range.low, range.high) : range.low
  }
}
