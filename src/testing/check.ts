/**
 * A check of results, asked once: whether it holds, and with which words it fails. Does not run anything.
 */
import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import { UsageError } from '../core/exit.ts'
import type { Result } from '../library/result.ts'

/** Holds unless it throws, rejects, or comes to `false`. */
export type Check = (result: Result, seed: number) => unknown

export interface CheckFailure {
  readonly text: string
  /** Undefined: it came to `false`. */
  readonly error: Error | undefined
  /** It was a promise that failed: it is not asked again for every smaller scenario. */
  readonly isLate?: boolean
}

/** A promise where the check takes its time. Throws what says that the test itself is wrong. */
export const failureNow = (
  check: Check,
  result: Result,
  seed: number,
): CheckFailure | undefined | PromiseLike<unknown> => {
  try {
    const verdict = check(result, seed)
    return isPromise(verdict) ? verdict : failureOfVerdict(verdict)
  } catch (error) {
    return failureFrom(error)
  }
}

export const failureOf = async (
  check: Check,
  result: Result,
  seed: number,
): Promise<CheckFailure | undefined> => {
  const now = failureNow(check, result, seed)
  if (!isPromise(now)) return now
  try {
    return failureOfVerdict(await now)
  } catch (error) {
    return { ...failureFrom(error), isLate: true }
  }
}

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

const failureOfVerdict = (verdict: unknown): CheckFailure | undefined =>
  verdict === false ? { text: 'the check is false', error: undefined } : undefined

/** Names that are misspelt, and code that is wrong, are no failures of a seed. */
const MISTAKES = [RangeError, ReferenceError, SyntaxError, TypeError, UsageError]

const failureFrom = (thrown: unknown): CheckFailure => {
  if (MISTAKES.some(mistake => thrown instanceof mistake)) throw thrown
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return { text: error.message, error }
}

/**
 * Two failures are one where the same assertion found a machine doing the same thing instead: a smaller network in
 * which nobody boots at all fails most checks, and explains none.
 */
export const isAlike = (a: CheckFailure, b: CheckFailure): boolean => {
  if (!(a.error instanceof AssertionError && b.error instanceof AssertionError)) return a.text === b.text
  if (a.error.operator !== b.error.operator) return false
  const [one, other] = [valuesOf(a.error.actual), valuesOf(b.error.actual)]
  return one.some(value => other.some(also => isSameFate(value, also)))
}

const valuesOf = (actual: unknown): readonly unknown[] =>
  typeof actual === 'object' && actual !== null ? Object.values(actual) : [actual]

/** How long it took is never quite the same. */
const isSameFate = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' ? true : isDeepStrictEqual(a, b)
