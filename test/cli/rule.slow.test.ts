/**
 * `nbs rule`: rules by their ids, new and old, for people and as JSON; and what is said of an id that is not there.
 */
import t from 'tap'
import { familyLines, ruleLines } from '../../src/report/text/rule.ts'
import { RULES, findRule } from '../../src/rules/book.ts'
import { wrapWords } from '../../src/report/text/wrap.ts'
import { nbs } from '../built.ts'

/** What a call prints. */
const told = async (ids: readonly string[], json = false): Promise<string> =>
  (await nbs(['rule', ...ids, ...(json ? ['--json'] : [])])).stdout

/** What a call is refused with. */
const refused = async (id: string): Promise<readonly [status: number | null, message: string]> => {
  const { status, stderr } = await nbs(['rule', id])
  return [status, stderr.trimEnd()]
}

const asIs = (text: string): string => text
const PLAIN = { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs, cyan: asIs }

t.test('a rule with all that is known of it', async t => {
  const text = await told(['E-19'])
  t.match(text, /^E-19 {2}EDK2\n {2}It keeps every DhcpOnly, /)
  t.match(text, /^ {2}known +seen on the real thing$/m)
  t.match(text, /^ {2}source +edk2 c5aa7e7d/m)
  t.match(text, /^ {2}measured +OVMF 2022\.11 /m)
  t.notMatch(text, /simulated|^ {2}was/m)
  t.match(await told(['E-80']), /^ {2}not simulated +IPv6 is not modelled yet$/m)
})

t.test('several, each once; old ids, and small letters', async t => {
  const heads = (text: string): string[] => text.match(/^\S+-\d+(?= {2})/gm) ?? []
  t.same(heads(await told(['i-8', 'E-19', 'I-8'])), ['I-8', 'E-19'])
  t.same(heads(await told(['B-09'])), ['BSDP-9'])
  t.same(heads(await told(['B-14'])), ['B-14'], 'not the BSDP rule that had this number too')
  t.same(heads(await told(['A7.1'])), ['A-20', 'A-21', 'A-22', 'A-23', 'A-28'])
})

t.test('--json', async t => {
  const { rules } = JSON.parse(await told(['E-19', 'B-09'], true)) as { rules: unknown[] }
  t.match(rules, [
    { id: 'E-19', family: 'edk2', confidence: 'measured', sentence: findRule('E-19')!.sentence },
    { id: 'BSDP-9', family: 'bsdp', aliases: ['B-09'] },
  ])
  const { families } = JSON.parse(await told([], true)) as { families: { key: string; rules: string[] }[] }
  t.equal(families.flatMap(family => family.rules).length, RULES.length)
})

t.test('without an id: the families', async t => {
  const text = await told([])
  t.match(text, /^E-… {2}EDK2\n {2}E-1 to E-54, /)
  t.match(text, /^BSDP-… {2}/m)
  t.match(text, /^\d+ rules; nbs rule E-19 tells one\.$/m)
})

t.test('an id that is not there', async t => {
  const [status, nearest] = await refused('E-199')
  t.equal(status, 2)
  t.match(nearest, /^nbs: rule: there is no rule "E-199"; did you mean E-19, E-10\d, E-10\d\?$/)
  t.same((await refused('E19x'))[1], 'nbs: rule: there is no rule "E19x"; did you mean E-19?')
  t.match(
    (await refused('PXE-E16'))[1],
    /^nbs: rule: there is no rule "PXE-E16"; that is an error code on the screen: rule E-56 /,
  )
  t.match((await refused('M0F'))[1], /an error code on the screen/)
  t.match((await refused('X-1'))[1], /; ids begin with E-, I-, /)
  t.match((await refused('BDSP-3'))[1], /; did you mean BSDP-…\?$/)
})

t.test('lines are as long as the terminal is wide', async t => {
  for (const width of [60, 80, 120]) {
    const lines = [...RULES.flatMap(rule => ruleLines(rule, PLAIN, width)), ...familyLines(PLAIN, width)]
    // A path is not broken.
    const long = lines.filter(line => line.length > width && line.slice(17).trim().includes(' '))
    t.same(long, [], `${width} columns`)
  }
  t.same(wrapWords('a bc def unbreakable', 6), ['a bc', 'def', 'unbreakable'])
})

t.test('as a program', async t => {
  const { status, stdout, stderr } = await nbs(['rule', 'E-19'])
  t.match([status, stdout, stderr], [0, /^E-19 {2}EDK2\n/, ''])
  const wrong = await nbs(['rule', 'E-19', 'E-1999'])
  t.same([wrong.status, wrong.stdout], [2, ''])
  t.match(wrong.stderr, /^nbs: rule: there is no rule "E-1999"; did you mean /)
})
