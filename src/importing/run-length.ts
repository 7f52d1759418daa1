/**
 * How long an imported scenario may run: until every machine has come to its end, or as long as the capture. Does not run.
 */
import { type Micros, SECOND } from '../core/micros.ts'
import type { Seen } from './seen.ts'
import type { Story } from './story.ts'

/** After the last frame, so long is waited for machines to come to their end. */
const PATIENCE: Micros = 180 * SECOND
/** A machine that goes round in circles at the end of a capture of round length is not waited for. */
export const limitOf = (seen: Seen, stories: readonly Story[], origin: Micros): number => {
  const isCircling = stories.some(
    ({ questions }) => questions.length >= CIRCLES && seen.lastAt - questions.at(-1)!.at < SECOND,
  )
  const end = (seen.lastAt - origin) / SECOND
  if (isCircling && end % 10 > 8.5) return Math.max(10, Math.round(end / 10) * 10)
  return Math.min(LONGEST_RUN, Math.max(120, Math.ceil(end + PATIENCE / SECOND)))
}

/** More questions than firmware asks that comes to an end. */
const CIRCLES = 20
/** In seconds; a scenario ends within a day. */
const LONGEST_RUN = 86_000
