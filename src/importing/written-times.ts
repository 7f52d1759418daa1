/**
 * Times as a scenario writes them. Does not read them.
 */
import { type Micros, MILLISECOND, SECOND } from '../core/micros.ts'
import { MAX_DURATION } from '../document/quantities.ts'

/** `1.25ms`, `340us`, `3s`. */
export const durationText = (time: Micros): string => {
  const micros = Math.min(MAX_DURATION, Math.max(0, Math.round(time)))
  if (micros >= SECOND && micros % MILLISECOND === 0) return `${micros / SECOND}s`
  return micros >= MILLISECOND ? `${micros / MILLISECOND}ms` : `${micros}us`
}

/** From the least to the greatest. */
export const rangeText = (times: readonly Micros[]): string => {
  let low = Infinity
  let high = 0
  for (const time of times) {
    low = Math.min(low, time)
    high = Math.max(high, time)
  }
  return low === high ? durationText(low) : `${durationText(low)}..${durationText(high)}`
}
