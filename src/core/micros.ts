/**
 * Time as the whole project counts it: integer microseconds since the start of a run.
 * Does not read any clock, and knows nothing of dates.
 */

export type Micros = number

export const MILLISECOND: Micros = 1_000
export const SECOND: Micros = 1_000_000

export const fromSeconds = (seconds: number): Micros => Math.round(seconds * SECOND)
export const fromMillis = (millis: number): Micros => Math.round(millis * MILLISECOND)
export const toSeconds = (at: Micros): number => at / SECOND

/** `4102345` -> `4.102345`: always six decimals, so that columns align and text is the same everywhere. */
export const formatSeconds = (at: Micros): string => (at / SECOND).toFixed(6)

/** A span for people: `350 us`, `1.2 ms`, `4.10 s`. */
export const formatSpan = (span: Micros): string => {
  const size = Math.abs(span)
  if (size < MILLISECOND) return `${Math.round(span)} us`
  if (size < SECOND) return `${(span / MILLISECOND).toFixed(size < 10 * MILLISECOND ? 2 : 1)} ms`
  return `${(span / SECOND).toFixed(2)} s`
}
