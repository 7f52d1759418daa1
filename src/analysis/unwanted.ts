/**
 * Which findings somebody does not want: `expect.noFindings`, `nbs run --fail-on` and the assertions mean the same by it.
 * Finds nothing.
 */
import { SEVERITIES, type Severity } from './finding-meta.ts'

/** `all`; those of a severity or worse; or those of these rules. */
export const UNWANTED = ['all', 'error', 'warning'] as const
export type Unwanted = (typeof UNWANTED)[number] | readonly string[]

export const isUnwanted = (
  unwanted: Unwanted,
): ((finding: { readonly rule: string; readonly severity: Severity }) => boolean) => {
  if (unwanted === 'all') return () => true
  if (unwanted === 'error' || unwanted === 'warning') {
    const severities = SEVERITIES.slice(0, SEVERITIES.indexOf(unwanted) + 1)
    return ({ severity }) => severities.includes(severity)
  }
  return ({ rule }) => unwanted.includes(rule)
}
