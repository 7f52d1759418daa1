/**
 * What a finding is, for every rule with the details of that rule; and the ids there are. Judges nothing.
 */
import type { Ip4, Mac } from '../core/address.ts'
import type { BoundReport, CaptureRule, Evidence } from './capture-rule.ts'
import type { CommonDetails, Details } from './details.ts'
import type { Confidence, FindingMeta, Origin, Severity } from './finding-meta.ts'
import { FINDING_RULES } from './findings/index.ts'

/** A registry is a list of these; one without `test` is tested by others. */
export interface ListedRule {
  readonly meta: FindingMeta
  readonly test?: CaptureRule['test']
}

type BuiltIn = (typeof FINDING_RULES)[number]

/** A rule that comes from outside: `<whose>/<rule>`. */
export type OutsideRule = `${string}/${string}`
export type BuiltInRule = BuiltIn['meta']['id']
export type FindingRule = BuiltInRule | OutsideRule

/** Rule -> its details, for the rules that are found in packets. */
export type CaptureDetails = {
  readonly [R in BuiltIn as R extends CaptureRule ? R['meta']['id'] : never]: R extends {
    test: (...args: never) => readonly BoundReport<infer D>[]
  }
    ? D & CommonDetails
    : never
}

/** `Base` with a rule and its details, for each rule of `DetailsByRule`: `rule` tells which details there are. */
export type WithDetails<Base, DetailsByRule> = {
  readonly [Id in keyof DetailsByRule]: Base & { readonly rule: Id; readonly details: DetailsByRule[Id] }
}[keyof DetailsByRule]

export type OutsideFinding<Base> = Base & { readonly rule: OutsideRule; readonly details: Details }

interface FindingFacts {
  readonly severity: Severity
  readonly confidence: Confidence
  /** The segment on which the machines are; absent if the capture does not show it. */
  readonly subnet?: string
  /** Identities, ascending. */
  readonly servers: readonly Ip4[]
  /** Ascending. */
  readonly clients: readonly Mac[]
  readonly message: string
  readonly because: string
  readonly remedy: string
  readonly evidence: readonly Evidence[]
}

export type Finding = WithDetails<FindingFacts, CaptureDetails> | OutsideFinding<FindingFacts>

export const ruleIds = (rules: readonly ListedRule[] = FINDING_RULES): string[] =>
  rules.map(({ meta }) => meta.id)

/** Those that can be found in this way, in order. */
export const metasOf = (origin: Origin, rules: readonly ListedRule[] = FINDING_RULES): FindingMeta[] =>
  rules.map(({ meta }) => meta).filter(meta => meta.origins[origin] !== undefined)

const METAS: ReadonlyMap<string, FindingMeta> = new Map(FINDING_RULES.map(({ meta }) => [meta.id, meta]))

export const metaOf = (rule: BuiltInRule): FindingMeta => METAS.get(rule)!
