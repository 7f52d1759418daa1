/**
 * Times as tests write them: seconds, or text with a unit as in a scenario.
 */
import { type Micros, fromSeconds } from '../core/micros.ts'
import { parseDuration } from '../document/quantities.ts'

/** `10` are seconds; `'10s'`, `'200ms'`. */
export type Duration = number | string

/** Throws `RangeError`. */
export const microsOf = (duration: Duration): Micros => {
  if (typeof duration === 'number') {
    if (duration >= 0 && Number.isFinite(duration)) return fromSeconds(duration)
    throw new RangeError(`${duration} is not a time in seconds`)
  }
  const parsed = parseDuration(duration, 's')
  if (parsed.ok) return parsed.value
  throw new RangeError(
    `${parsed.message}${parsed.nearest === undefined ? '' : `; did you mean ${parsed.nearest}?`}`,
  )
}
