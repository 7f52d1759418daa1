/**
 * Looks rules up by id, new or old. Does not print them.
 */
import { RULE_FAMILIES } from './families.ts'
import type { Rule, RuleFamily } from './rule.ts'

export const RULES: readonly Rule[] = RULE_FAMILIES.flatMap(({ rules }) => rules)

const BY_ID: ReadonlyMap<string, Rule> = new Map(RULES.map(rule => [rule.id, rule]))

/** The rule of this very id. */
export const findRule = (id: string): Rule | undefined => BY_ID.get(id)

/** By its id, in letters of either case; else the rules that had it once: several, where one was split. */
export const rulesNamed = (name: string): readonly Rule[] => {
  const id = name.trim().toUpperCase()
  const rule = BY_ID.get(id)
  return rule ? [rule] : RULES.filter(({ aliases }) => aliases?.some(alias => alias.toUpperCase() === id))
}

/** Whether a file that says `named` means this rule: by its id, or by one it had. */
export const isRuleNamed = (rule: string, named: string): boolean =>
  rule === named || (BY_ID.get(rule)?.aliases?.includes(named) ?? false)

export const familyOf = ({ id }: Pick<Rule, 'id'>): RuleFamily | undefined =>
  RULE_FAMILIES.find(({ prefix }) => prefix === id.slice(0, id.lastIndexOf('-')))

/** Every word of a text that is written like an id of this book, in order; whether the book has it is another question. */
export const idsIn = (text: string): string[] => text.match(ID) ?? []

const ID = new RegExp(
  `(?<![\\w-])(?:${RULE_FAMILIES.map(({ prefix }) => prefix).join('|')})-\\d+(?!\\w|\\.\\d)`,
  'g',
)
