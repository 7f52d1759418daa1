/** The registry of findings: every rule says of itself what docs, schema and reports take from it. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { metaOf, metasOf, ruleIds } from '../../src/analysis/finding.ts'
import { ORIGINS } from '../../src/analysis/finding-meta.ts'
import { FINDING_RULES } from '../../src/analysis/findings/index.ts'
import { LINT_RULES } from '../../src/scenario/lint.ts'

const metas = FINDING_RULES.map(rule => rule.meta)
const FOLDER = 'src/analysis/findings'

t.test('ids are unique, and are how the files are called', async t => {
  const ids = ruleIds()
  t.strictSame([...new Set(ids)], ids)
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name !== 'index.ts')
    .filter(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8').includes('export const meta ='))
    .map(entry =>
      entry.parentPath.endsWith('bsdp') ? `bsdp-${entry.name.slice(0, -3)}` : entry.name.slice(0, -3),
    )
  t.strictSame(files.sort(), [...ids].sort())
})

t.test('each rule is found somewhere, and says when and what to do', async t => {
  for (const meta of metas) {
    const origins = ORIGINS.filter(origin => origin in meta.origins)
    t.ok(origins.length > 0, meta.id)
    t.notMatch(meta.meaning, /\.$/, `${meta.id}: no full stop`)
    for (const { holdsWhen, remedy } of Object.values(meta.origins)) {
      t.ok(holdsWhen.length > 10, meta.id)
      t.ok(remedy.length > 5, meta.id)
    }
  }
})

t.test('a rule with a test in packets says so, and no other', async t => {
  for (const rule of FINDING_RULES) t.equal('test' in rule, 'capture' in rule.meta.origins, rule.meta.id)
})

t.test('causes are rules, and no rule is a consequence of itself, however indirectly', async t => {
  const causesOf = (id: string): readonly string[] => {
    const meta = metas.find(candidate => candidate.id === id)
    if (!meta) throw new Error(`there is no rule ${id}`)
    return 'consequences' in meta ? meta.consequences.map(({ of }) => of) : []
  }
  const visit = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) throw new Error([...path, id].join(' <- '))
    for (const cause of causesOf(id)) visit(cause, [...path, id])
  }
  for (const { id } of metas) visit(id, [])
  t.strictSame(causesOf('job-lost'), ['split-decision', 'policy-lag', 'server-not-registered'])
})

t.test('lint tests the rules that say so, and no others', async t =>
  t.strictSame(
    LINT_RULES.map(({ id }) => id as string).sort(),
    metasOf('lint')
      .map(({ id }) => id)
      .sort(),
  ),
)

t.test('meta data by id', async t => {
  t.equal(metaOf('job-lost').severity, 'error')
  t.equal(metaOf('policy-lag').severity, 'warning')
})
