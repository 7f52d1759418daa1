/**
 * The vendor's log levels (NBS-9) in pino's words. Does not log.
 *
 *  1 errors · 2 and errors of the decision service · 3 functional flow: one line per boot
 *  4 requests that were answered · 5 all requests · 15, 255 everything
 */
import type { Level } from 'pino'

const LEVELS: ReadonlyMap<number, Level> = new Map([
  [1, 'error'],
  [2, 'warn'],
  [3, 'info'],
  [4, 'debug'],
  [5, 'trace'],
  [15, 'trace'],
  [255, 'trace'],
])

export const VENDOR_LEVELS: readonly number[] = [...LEVELS.keys()]

/** Undefined if the vendor has no such level. */
export const pinoLevel = (level: string | number): Level | undefined =>
  typeof level === 'number' ? LEVELS.get(level) : (level as Level)
