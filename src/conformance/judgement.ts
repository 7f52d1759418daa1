/**
 * How a procedure ends other than by passing: it throws one of these, so that a check reads as a list of what must hold.
 */
import type { Said } from './probe/said.ts'

export type Verdict = 'passed' | 'failed' | 'notApplicable' | 'notRun'

export class Judgement extends Error {
  readonly verdict: Exclude<Verdict, 'passed'>
  /** What shows it. Default: the last question and what came after it. */
  readonly evidence: readonly Said[] | undefined

  constructor(verdict: Judgement['verdict'], because: string, evidence?: readonly Said[]) {
    super(because)
    this.verdict = verdict
    this.evidence = evidence
  }
}

export const fail = (because: string, ...evidence: readonly Said[]): never => {
  throw new Judgement('failed', because, evidence.length > 0 ? evidence : undefined)
}

/** The server has nothing that the clause is about. */
export const notApplicable = (because: string): never => {
  throw new Judgement('notApplicable', because)
}

/** It could not be found out. */
export const notRun = (because: string): never => {
  throw new Judgement('notRun', because)
}

/** Fails unless it holds. */
export const must: (holds: boolean, because: string, ...evidence: readonly Said[]) => asserts holds = (
  holds,
  because,
  ...evidence
) => {
  if (!holds) fail(because, ...evidence)
}
