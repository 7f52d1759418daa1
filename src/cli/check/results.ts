/**
 * A file that `nbs check --json` wrote, read again to be compared. Does not judge.
 */
import type { Clause } from '../../conformance/clause.ts'
import type { CheckResult } from '../../conformance/suite.ts'
import { UsageError } from '../../core/exit.ts'
import { boundedText } from '../../document/bounded-file.ts'

/** Bytes of such a file; 107 clauses have some 40 kB. */
const MAX_CHECK_RESULT = 16 * 1024 * 1024

/** With these clauses alone. Throws `UsageError`. */
export const readCheckResult = (file: string, clauses: readonly Clause[]): CheckResult => {
  const result = parsed(file)
  if (!isResult(result)) throw new UsageError(`${file} is no result of nbs check --json`)
  const ids = new Set(clauses.map(({ id }) => id))
  return { ...result, clauses: result.clauses.filter(({ id }) => ids.has(id)) }
}

const parsed = (file: string): unknown => {
  try {
    return JSON.parse(boundedText(file, { max: MAX_CHECK_RESULT }))
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`)
  }
}

const isResult = (value: unknown): value is CheckResult => {
  if (typeof value !== 'object' || value === null) return false
  const { target, clauses } = value as Partial<Record<keyof CheckResult, unknown>>
  return typeof target === 'string' && Array.isArray(clauses) && clauses.every(isClause)
}

const isClause = (clause: unknown): boolean =>
  typeof clause === 'object' && clause !== null && 'id' in clause && 'verdict' in clause
