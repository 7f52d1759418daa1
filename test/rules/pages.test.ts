/**
 * docs/rules/ is written from src/rules by `npm run rules`, and this test fails when the two
 * differ.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { RULES } from '../../src/rules/book.ts'
import { RULE_FAMILIES } from '../../src/rules/families.ts'
import { CONFIDENCE, type Rule, type RuleFamily } from '../../src/rules/rule.ts'

const folder = 'docs/rules'

const plain = (text: string): string => text.replace(/[*<\\]|(?<!\w)_|_(?!\w)/g, '\\$&')

const entry = (rule: Rule): string => {
  const lines = [
    `**Known**: ${rule.confidence}. **Source**: ${plain(rule.source)}.`,
    ...(rule.measured === undefined ? [] : [`**Measured**: ${plain(rule.measured)}.`]),
    ...(rule.notImplemented === undefined ? [] : [`**Not simulated**: ${plain(rule.notImplemented)}.`]),
    ...(rule.aliases === undefined ? [] : [`**Was**: ${rule.aliases.map(plain).join(', ')}.`]),
  ]
  return `## ${rule.id}\n\n${plain(rule.sentence)}\n\n${lines.join('\n')}\n`
}

const page = ({ title, about, rules }: RuleFamily): string =>
  `# ${title}\n\n${plain(about)}\n\nWritten from \`src/rules\` (\`npm run rules\`). [All families](README.md)\n\n${rules.map(entry).join('\n')}`

const count = (rules: readonly Rule[], confidence: string): number =>
  rules.filter(rule => rule.confidence === confidence).length

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')

const index = (): string => `# The rule book

What real firmware, real servers and the product do when several of them meet on one network, rule by rule. The code names
the rule where it follows it (\`// E-22\`), the story of a boot names the rule that decided (\`[E-19]\`), and a step of a
scenario can wait for it (\`choice: E-19\`). \`nbs rule E-19\` prints one; the page of a run shows it where its id stands.

${table(
  ['family', 'ids', 'rules', 'simulated', 'measured', 'read in source'],
  RULE_FAMILIES.map(({ key, title, prefix, rules }) => [
    `[${title}](${key}.md)`,
    `${prefix}-…`,
    rules.length,
    rules.filter(rule => rule.notImplemented === undefined).length,
    count(rules, 'measured'),
    count(rules, 'source'),
  ]),
)}

How a rule is known:

${table(
  ['word', 'meaning'],
  Object.entries(CONFIDENCE).map(([word, meaning]) => [
    word,
    meaning.replaceAll('`measured`', '**Measured**'),
  ]),
)}

Rows are those of [scenarios/firmware](../../scenarios/firmware/README.md): each was run on real firmware in QEMU beside
scripted servers, most of them three times.

An id means one rule, for ever: a rule that goes takes its id with it, and one that is split leaves its id to its parts,
under which scenario files may still name it (**Was**).

**To add a rule**: an entry in the file of its family in \`src/rules\`, \`npm run rules\`, and its id in a comment where the
code follows it, or \`notImplemented\` with the reason. Tests hold both ways: what is cited is in the book, and what is in
the book is done or says why not. ${RULES.length} rules.
`

const PAGES: ReadonlyMap<string, string> = new Map([
  ['README.md', index()],
  ...RULE_FAMILIES.map(family => [`${family.key}.md`, page(family)] as const),
])

t.test('the pages are what the book says', async t => {
  if (process.env['NBS_WRITE'] === '1') {
    mkdirSync(folder, { recursive: true })
    for (const [name, text] of PAGES) writeFileSync(join(folder, name), text)
  }
  for (const [name, text] of PAGES)
    t.equal(readFileSync(join(folder, name), 'utf8'), text, `docs/rules/${name} is up to date: npm run rules`)
  t.same(readdirSync(folder).sort(), [...PAGES.keys()].sort(), 'no page of a family that is gone')
})
