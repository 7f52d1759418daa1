/**
 * Draws from the ranges of a scenario. Does not parse them.
 */
import type { Random } from '../core/random.ts'
import type { Range } from './quantities.ts'

/** Uniform in `low … high`; a fixed value draws nothing. */
export const draw = ({ low, high }: Range, random: Random): number =>
  low === high ? low : random.between(low, high)

/** Draws anew at each call, from one stream. */
export const drawer =
  (range: Range, random: Random): (() => number) =>
  () =>
    draw(range, random)
