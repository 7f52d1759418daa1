/**
 * The real clock as a `Clock`: integer microseconds since its creation, and timers that fire in the order of their
 * times, which the platform's own do not promise. Precise to a millisecond, as the platform is.
 */
import { Deadlines } from '../../core/deadlines.ts'
import type { Micros } from '../../core/micros.ts'
import type { Clock, Timer } from '../port.ts'

export interface KernelClock extends Clock {
  /** Forgets all timers. */
  stop(): void
}

/** What the platform's timers can wait at most; longer waits are made of several. */
const DELAY_MAX_MILLIS = 2 ** 31 - 1

/** `millis` must be monotonic, and finer than a millisecond: `performance.now`. */
export const kernelClock = (millis: () => number): KernelClock => {
  const start = millis()
  const deadlines = new Deadlines<Pending>()
  let disarm = (): void => {}
  let armedFor: Micros = Infinity

  const now = (): Micros => Math.floor((millis() - start) * 1000)

  const arm = (): void => {
    const next = deadlines.next ?? Infinity
    if (next >= armedFor) return
    disarm()
    armedFor = next
    disarm = callAfter(next - now(), fireDue)
  }

  const fireDue = (): void => {
    armedFor = Infinity
    const at = now()
    const due: Pending[] = []
    for (let pending = deadlines.take(at); pending; pending = deadlines.take(at)) due.push(pending)
    // One of them may cancel a later one, set new ones, or throw: none of this may lose the others.
    try {
      for (let pending = due.shift(); pending; pending = due.shift()) if (!pending.cancelled) pending.fire()
    } finally {
      for (const pending of due) if (!pending.cancelled) deadlines.set(pending, at)
      arm()
    }
  }

  return {
    now,
    setTimer: (at, fire): Timer => {
      const pending: Pending = { fire, cancelled: false }
      deadlines.set(pending, at)
      arm()
      return {
        cancel: () => {
          pending.cancelled = true
          deadlines.clear(pending)
          // The platform's timer may stay, but must not keep the process alive for nothing.
          if (deadlines.next === undefined) {
            disarm()
            armedFor = Infinity
          }
        },
      }
    },
    stop: () => {
      for (let pending = deadlines.take(Infinity); pending; pending = deadlines.take(Infinity))
        pending.cancelled = true
      disarm()
      armedFor = Infinity
    },
  }
}

interface Pending {
  readonly fire: () => void
  cancelled: boolean
}

const callAfter = (span: Micros, call: () => void): (() => void) => {
  if (span <= 0) {
    const immediate = setImmediate(call)
    return () => clearImmediate(immediate)
  }
  const timeout = setTimeout(call, Math.min(Math.ceil(span / 1000), DELAY_MAX_MILLIS))
  return () => clearTimeout(timeout)
}
