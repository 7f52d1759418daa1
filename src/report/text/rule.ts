/**
 * Rules of the book for people: one with all that is known of it, and the list of families. Does not print; returns
 * lines of a given width.
 */
import { RULES, familyOf, findRule } from '../../rules/book.ts'
import { RULE_FAMILIES } from '../../rules/families.ts'
import { CONFIDENCE, type Rule } from '../../rules/rule.ts'
import type { Palette } from './run.ts'
import { wrapWords } from './wrap.ts'

const INDENT = 2
/** `not simulated`, and two blanks. */
const LABEL = 15
const NARROWEST = 40

export const ruleLines = (rule: Rule, colour: Palette, width: number): string[] => {
  const room = Math.max(NARROWEST, width) - INDENT
  const parts: readonly (readonly [label: string, text: string | undefined])[] = [
    ['known', CONFIDENCE[rule.confidence].replace(', as `measured` says', '')],
    ['source', rule.source],
    ['measured', rule.measured],
    ['not simulated', rule.notImplemented],
    ['was', rule.aliases?.join(', ')],
  ]
  return [
    `${colour.bold(rule.id)}  ${familyOf(rule)?.title ?? ''}`,
    ...wrapWords(rule.sentence, room).map(line => `${' '.repeat(INDENT)}${line}`),
    ...parts.flatMap(([label, text]) =>
      text === undefined
        ? []
        : wrapWords(text, room - LABEL).map(
            (line, i) => `${' '.repeat(INDENT)}${colour.dim((i === 0 ? label : '').padEnd(LABEL))}${line}`,
          ),
    ),
  ]
}

export const familyLines = (colour: Palette, width: number): string[] => [
  ...RULE_FAMILIES.flatMap(({ title, prefix, about, rules }) => [
    `${colour.bold(`${prefix}-…`)}  ${title}`,
    ...[idsOf(rules), about].flatMap(text =>
      wrapWords(text, Math.max(NARROWEST, width) - INDENT).map(line => `${' '.repeat(INDENT)}${line}`),
    ),
  ]),
  '',
  `${RULES.length} rules; nbs rule E-19 tells one.`,
]

/** `E-1 to E-54, E-56 to E-62`. */
const idsOf = (rules: readonly Rule[]): string => {
  const runs: Rule[][] = []
  for (const rule of rules) {
    const run = runs.at(-1)
    const before = run?.at(-1)
    if (run && before && numberOf(rule) === numberOf(before) + 1) run.push(rule)
    else runs.push([rule])
  }
  return runs.map(run => (run.length === 1 ? run[0]!.id : `${run[0]!.id} to ${run.at(-1)!.id}`)).join(', ')
}

const numberOf = ({ id }: Rule): number => Number(id.split('-')[1])

/** What may have been meant by an id that is not in the book: same family, next numbers. Empty: nothing is near. */
export const idsNear = (name: string): readonly string[] => {
  const [, prefix, digits] = /^([A-Z]+)-?0*(\d+)/.exec(name.trim().toUpperCase()) ?? []
  const family = RULE_FAMILIES.find(one => one.prefix === prefix)
  if (!family) return []
  const exact = findRule(`${prefix}-${digits}`)
  if (exact) return [exact.id]
  const distance = (rule: Rule): number => Math.abs(numberOf(rule) - Number(digits))
  return [...family.rules]
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, 3)
    .map(({ id }) => id)
}
