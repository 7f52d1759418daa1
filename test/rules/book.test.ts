/**
 * The rule book in itself: one meaning per id, everything filled in, old ids that still lead somewhere.
 */
import t from 'tap'
import { RULES, familyOf, findRule, idsIn, isRuleNamed, rulesNamed } from '../../src/rules/book.ts'
import { RULE_FAMILIES } from '../../src/rules/families.ts'

const ids = RULES.map(({ id }) => id)

t.test('every id has one meaning', async t => {
  t.same(
    ids.filter((id, i) => ids.indexOf(id) !== i),
    [],
    'once in the book',
  )
  const aliases = RULES.flatMap(rule => rule.aliases ?? [])
  t.same(
    aliases.filter(alias => findRule(alias)),
    [],
    'no old id is the id of another rule',
  )
  const prefixes = RULE_FAMILIES.map(({ prefix }) => prefix)
  t.same([...new Set(prefixes)], prefixes)
})

t.test('every rule is filled in', async t => {
  for (const { key, prefix, rules } of RULE_FAMILIES)
    for (const rule of rules) {
      if (!new RegExp(`^${prefix}-[1-9]\\d*$`).test(rule.id)) t.fail(`${rule.id} is no id of ${key}`)
      if (familyOf(rule)?.key !== key) t.fail(`${rule.id} is not of family ${key}`)
      if (!/^[A-Z"a-z>0-9].{20,420}[.…]"?$/.test(rule.sentence)) t.fail(`${rule.id}: ${rule.sentence}`)
      if (rule.source.length < 3 || rule.source.endsWith('.')) t.fail(`${rule.id}: source ${rule.source}`)
      if ((rule.confidence === 'measured') !== (rule.measured !== undefined))
        t.fail(`${rule.id}: measured, and how, belong together`)
    }
  t.ok(RULES.length > 300, `${RULES.length} rules`)
})

t.test('numbers rise within a family', async t => {
  for (const { key, rules } of RULE_FAMILIES) {
    const numbers = rules.map(({ id }) => Number(id.split('-')[1]))
    t.same(
      numbers,
      [...numbers].sort((a, b) => a - b),
      key,
    )
  }
})

t.test('ids are found in texts, and nothing else is taken for one', async t => {
  t.same(idsIn('E-19, then BSDP-2 (B-14), `RPI-1` and I-8.'), ['E-19', 'BSDP-2', 'B-14', 'RPI-1', 'I-8'])
  t.same(idsIn('PXE-E16, UTF-8, XE-5, nbs-1, E-5b, e-19, S-1x, pc-E-1'), [])
})

t.test('a rule is found by its id, and by one it had', async t => {
  const named = (name: string): string[] => rulesNamed(name).map(({ id }) => id)
  t.same(named('E-19'), ['E-19'])
  t.same(named(' e-19 '), ['E-19'])
  t.same(named('B-14'), ['B-14'], 'ids that meant two things are those of BIOS ROMs')
  t.same(named('B-09'), ['BSDP-9'])
  t.same(named('A7.1'), ['A-20', 'A-21', 'A-22', 'A-23', 'A-28'], 'a rule that was split')
  t.same(named('row 27'), ['B-31'])
  t.same(named(`E-${999}`), [])
  t.equal(isRuleNamed('A-21', 'A7.1'), true)
  t.equal(isRuleNamed('A-24', 'A7.1'), false)
  t.equal(isRuleNamed('B-14', 'B-14'), true)
  t.equal(isRuleNamed('BSDP-14', 'B-14'), false)
})
