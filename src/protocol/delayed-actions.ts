/**
 * Actions a machine wants to be performed later: a response delay. In the order of their times, and bounded. Does not
 * draw the delay.
 */
import { Deadlines } from '../core/deadlines.ts'
import type { Action } from '../core/state-machine.ts'
import type { Micros } from '../core/micros.ts'

/** Answers that wait for their delay; further ones are not sent. */
export const MAX_DELAYED_ANSWERS = 4096

export class DelayedActions<Socket, Event> {
  readonly #waiting = new Map<number, readonly Action<Socket, Event>[]>()
  readonly #deadlines = new Deadlines<number>()
  #nextId = 0

  get next(): Micros | undefined {
    return this.#deadlines.next
  }

  /** False if too many wait: the actions are lost. */
  add(at: Micros, actions: readonly Action<Socket, Event>[]): boolean {
    if (this.#waiting.size >= MAX_DELAYED_ANSWERS) return false
    const id = this.#nextId++
    this.#waiting.set(id, actions)
    this.#deadlines.set(id, at)
    return true
  }

  /** All that is due. */
  take(now: Micros): readonly Action<Socket, Event>[] {
    const due: Action<Socket, Event>[] = []
    for (let id = this.#deadlines.take(now); id !== undefined; id = this.#deadlines.take(now)) {
      due.push(...this.#waiting.get(id)!)
      this.#waiting.delete(id)
    }
    return due
  }
}
