/**
 * How often tests repeat what could be repeated for ever: mutated inputs, storms, kills.
 *
 *   quick      while somebody waits: `npm test`, `npm run test:fast`
 *   thorough   NBS_SLOW=1: `npm run test:slow`, `.ci/run`
 *   night      NBS_SLOW=2: hours, after changes to codecs and state machines
 */
type Effort = 'quick' | 'thorough' | 'night'

const EFFORTS: Readonly<Record<string, Effort>> = { '1': 'thorough', '2': 'night' }
const EFFORT = EFFORTS[process.env['NBS_SLOW'] ?? ''] ?? 'quick'

export const byEffort = <T>(values: Readonly<Record<Effort, T>>): T => values[EFFORT]

/** Mutated inputs for a decoder; where each is dear, a part of it. NBS_FUZZ is another number. */
export const FUZZ = Number(
  process.env['NBS_FUZZ'] ?? byEffort({ quick: 2_000, thorough: 20_000, night: 1_000_000 }),
)

/** In a quick run so many of a list, spread over it; else all. */
export const sample = <T>(all: readonly T[], quick: number): readonly T[] =>
  byEffort({ quick: Math.min(quick, all.length), thorough: all.length, night: all.length }) === all.length
    ? all
    : Array.from({ length: quick }, (_, n) => all[Math.floor(((n + 0.5) * all.length) / quick)]!)
