/**
 * What a rule of the book is: one behaviour of a real firmware, server or product, with where it is known from. Data
 * only; nothing here decides anything.
 */

/** How a rule is known, the strongest first. */
export const CONFIDENCE = {
  measured: 'seen on the real thing, as `measured` says',
  source: 'read in the published source code',
  document: 'written in a standard, a specification or the documentation of the vendor',
  report: 'told by users or seen in their captures',
  inferred: 'follows from other rules, or is a choice of this project',
} as const

export type Confidence = keyof typeof CONFIDENCE

export interface Rule {
  /** Letters of the family, a hyphen, a number: `E-22`. Never used for anything else, also after the rule is gone. */
  readonly id: string
  /** One or two sentences: what the real thing does. */
  readonly sentence: string
  /** Standard and section, source file and function with version, or document. */
  readonly source: string
  readonly confidence: Confidence
  /** What was measured: build, how, and the rows of `scenarios/firmware` that show it. */
  readonly measured?: string
  /** Why the simulator does not do this. Absent: it does, and the code names the rule where it does. */
  readonly notImplemented?: string
  /** Ids under which scenario files may still name it. A rule that was split leaves its old id to all its parts. */
  readonly aliases?: readonly string[]
}

/** One page of `docs/rules/`. */
export interface RuleFamily {
  /** File name of the page. */
  readonly key: string
  /** Before the hyphen of its ids. */
  readonly prefix: string
  readonly title: string
  /** What is covered, and from which versions. */
  readonly about: string
  readonly rules: readonly Rule[]
}
