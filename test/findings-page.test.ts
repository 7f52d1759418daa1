/**
 * docs/findings.md is written from the meta data of the rules: `npm run findings` writes it, and this test fails when
 * the two differ.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FINDING_RULES } from '../src/analysis/findings/index.ts'
import { findingsPage } from '../src/report/findings-page.ts'

const page = join(process.cwd(), 'docs/findings.md')

t.test('every finding is explained', async t => {
  const text = findingsPage()
  if (process.env['NBS_WRITE'] === '1') writeFileSync(page, text)
  t.equal(readFileSync(page, 'utf8'), text, 'docs/findings.md is up to date: npm run findings')
  for (const { meta } of FINDING_RULES)
    t.equal(text.split(`### \`${meta.id}\``).length, 2, `${meta.id} has one section`)
})
