/**
 * What an assertion is about: a result, or a lab, which has one at any time. Knows who keeps the evidence when an
 * assertion fails. Asserts nothing.
 */
import type { Result } from '../library/result.ts'
import type { Scenario } from '../library/scenario.ts'

/** A lab, in its present state, or the result of a run. */
export type Subject = Result | Judgeable

export interface Judgeable {
  readonly scenario: Scenario
  result(): Result
}

export const resultOf = (subject: Subject): Result => ('clients' in subject ? subject : subject.result())

/** Writes down what happened; returns what it says of that, a line each. */
export type Keeper = () => readonly string[]

const keepers = new WeakMap<object, Keeper>()

export const keepWith = (subject: object, keeper: Keeper): void => void keepers.set(subject, keeper)

export const keep = (subject: object): readonly string[] => keepers.get(subject)?.() ?? []
