/**
 * Virtual time: a queue of events ordered by (time, order of scheduling), and the clock that jumps from one to the
 * next. Does not pace itself to the wall clock; whoever wants that runs it in steps.
 */
import type { Micros } from '../../core/micros.ts'
import type { Clock, Timer } from '../port.ts'

/** Anything that can be queued. `order` is set by the scheduler; `dead` events are skipped. */
export interface Event {
  readonly at: Micros
  order: number
  dead: boolean
  fire(): void
}

/** Dead events are swept out when there are more of them than live ones, and at least this many. */
const SWEEP_AT = 4096

export class Scheduler implements Clock {
  #now: Micros = 0
  #order = 0
  #dead = 0
  #heap: Event[] = []

  now(): Micros {
    return this.#now
  }

  get pending(): number {
    return this.#heap.length - this.#dead
  }

  /** When the next event is due. */
  get nextAt(): Micros | undefined {
    return this.#heap[0]?.at
  }

  setTimer(at: Micros, fire: () => void): Timer {
    const event = new TimerEvent(this, at > this.#now ? at : this.#now, fire)
    this.schedule(event)
    return event
  }

  /** `event.at` must not lie in the past. */
  schedule(event: Event): void {
    event.order = this.#order++
    push(this.#heap, event)
  }

  /** Counts a cancelled event, and sweeps when the queue is mostly corpses. */
  buried(): void {
    this.#dead++
    if (this.#dead < SWEEP_AT || this.#dead * 2 < this.#heap.length) return
    const live = this.#heap.filter(event => !event.dead)
    this.#heap = []
    for (const event of live) push(this.#heap, event)
    this.#dead = 0
  }

  /** Fires everything due up to and including `end`; then it is `end`, unless the queue ran dry (`drained`). */
  run(end: Micros, stop: () => boolean = never): 'drained' | 'reached' | 'stopped' {
    for (;;) {
      const first = this.#heap[0]
      if (!first) return 'drained'
      if (first.at > end) break
      pop(this.#heap)
      if (first.dead) {
        this.#dead--
        continue
      }
      this.#now = first.at
      first.dead = true
      first.fire()
      if (stop()) return 'stopped'
    }
    this.#now = end
    return 'reached'
  }

  /** As `run`, but time goes on to `end` even if nothing is left to happen: a clock on the wall does so too. */
  advance(end: Micros, stop?: () => boolean): 'reached' | 'stopped' {
    if (end < this.#now) return 'reached'
    const ended = this.run(end, stop)
    if (ended === 'drained') this.#now = end
    return ended === 'stopped' ? 'stopped' : 'reached'
  }
}

const never = (): boolean => false

class TimerEvent implements Event, Timer {
  readonly at: Micros
  order = 0
  dead = false
  readonly fire: () => void
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler, at: Micros, fire: () => void) {
    this.#scheduler = scheduler
    this.at = at
    this.fire = fire
  }

  cancel(): void {
    if (this.dead) return
    this.dead = true
    this.#scheduler.buried()
  }
}

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

const push = (heap: Event[], event: Event): void => {
  let i = heap.length
  heap.push(event)
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (!before(event, heap[parent]!)) break
    heap[i] = heap[parent]!
    i = parent
  }
  heap[i] = event
}

const pop = (heap: Event[]): void => {
  const last = heap.pop()!
  const length = heap.length
  if (length === 0) return
  let i = 0
  for (let child = 1; child < length; child = 2 * i + 1) {
    if (child + 1 < length && before(heap[child + 1]!, heap[child]!)) child++
    if (!before(heap[child]!, last)) break
    heap[i] = heap[child]!
    i = child
  }
  heap[i] = last
}
