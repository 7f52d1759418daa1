/**
 * `nbs rule`: rules of the book by their ids. Does not know the rules.
 */
import process from 'node:process'
import type { Argv } from 'yargs'
import { EXIT, UsageError } from '../core/exit.ts'
import { nearestName } from '../document/nearest.ts'
import { familyLines, idsNear, ruleLines } from '../report/text/rule.ts'
import { familyOf, rulesNamed } from '../rules/book.ts'
import { RULE_FAMILIES } from '../rules/families.ts'
import type { Rule } from '../rules/rule.ts'
import { print, printJson } from '../outlet/print.ts'
import pc from '../outlet/palette.ts'
import { JSON_OUTPUT, ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('ids', {
      type: 'string',
      array: true,
      describe: 'Rule ids such as E-19; without one, the families are listed',
    })
    .options(JSON_OUTPUT)
    .epilogue(ending([['nbs rule E-19 I-8', 'why UEFI keeps the first PXE offer, and iPXE mostly the last']]))

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

/** Where the output is no terminal. */
const USUAL_WIDTH = 100

export const handler = (args: Arguments): void => {
  const ids = args.ids ?? []
  const rules = [...new Set(ids.flatMap(known))]
  const width = process.stdout.columns ?? USUAL_WIDTH
  if (args.json) printJson(ids.length === 0 ? { families: FAMILIES } : { rules: rules.map(asJson) })
  else print(ids.length === 0 ? familyLines(pc, width) : ruleTexts(rules, width))
  process.exitCode = EXIT.ok
}

const ruleTexts = (rules: readonly Rule[], width: number): string[] =>
  rules.flatMap((rule, i) => [...(i === 0 ? [] : ['']), ...ruleLines(rule, pc, width)])

/** The rules that an id means: several, where one was split. */
const known = (id: string): readonly Rule[] => {
  const rules = rulesNamed(id)
  if (rules.length === 0) throw new UsageError(`rule: there is no rule "${id}"${hint(id)}`)
  return rules
}

/** `PXE-E16`, `M0F`: what a screen shows. */
const SCREEN_CODE = /^(?:PXE-)?[EMT][0-9A-F]{2}$/i

const hint = (id: string): string => {
  if (SCREEN_CODE.test(id))
    return `; that is an error code on the screen: rule E-56 lists those of UEFI, B-32 those of BIOS ROMs, where the same numbers mean something else`
  const near = nearIds(id)
  if (near.length > 0) return `; did you mean ${near.join(', ')}?`
  const prefixes = RULE_FAMILIES.map(({ prefix }) => prefix)
  const prefix = nearestName(id.split('-')[0] ?? '', prefixes)
  return `; ids begin with ${prefixes.map(one => `${one}-`).join(', ')}${prefix === undefined ? '' : `; did you mean ${prefix}-…?`}`
}

/** A slip of the finger first, then the next numbers of the family. */
const nearIds = (id: string): readonly string[] => {
  const near = idsNear(id)
  const family = near[0] === undefined ? undefined : familyOf({ id: near[0] })
  if (!family || near.length === 1) return near
  const slip = nearestName(
    id,
    family.rules.map(rule => rule.id),
  )
  return [...new Set([...(slip === undefined ? [] : [slip]), ...near])].slice(0, 3)
}

const asJson = (rule: Rule): Rule & { readonly family: string | undefined } => ({
  ...rule,
  family: familyOf(rule)?.key,
})

const FAMILIES = RULE_FAMILIES.map(({ key, prefix, title, about, rules }) => ({
  key,
  prefix,
  title,
  about,
  rules: rules.map(({ id }) => id),
}))
