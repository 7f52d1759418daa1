/**
 * How a network boot can end, and the words for it in tables. Sentences say more and are made where they stand.
 */

/**
 * `localDisk`: told (or left) to go on to the next boot device without an error of the network boot itself;
 * `pending`: still trying when the run ended.
 */
export const OUTCOMES = ['booted', 'localDisk', 'failed', 'pending'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Of a machine that did boot. */
export const OUTCOME_TEXT: Readonly<Record<Outcome, string>> = {
  booted: 'booted',
  localDisk: 'local disk',
  failed: 'failed',
  pending: 'pending',
}

/** Of a machine that would boot now. */
export const OUTCOME_FORECAST: Readonly<Record<Outcome, string>> = {
  booted: 'boots',
  localDisk: 'local disk',
  failed: 'fails',
  pending: 'keeps trying',
}
