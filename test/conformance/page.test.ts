/**
 * The table of docs/conformance.md is written from the clauses by `npm run conformance`, and this test fails when the two
 * differ.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { CHAPTERS } from '../../src/conformance/chapters.ts'

const PAGE = 'docs/conformance.md'
const BEGIN = '<!-- clauses: begin -->\n'
const END = '<!-- clauses: end -->'

const table = (): string =>
  CHAPTERS.map(({ letter, title, clauses }) =>
    [
      `\n### ${letter}: ${title}\n`,
      '| id | level | requirement | source | rules |',
      '| --- | --- | --- | --- | --- |',
      ...clauses.map(
        ({ id, level, requirement, source, rules }) =>
          `| ${id} | ${level} | ${requirement} | ${source} | ${rules.join(', ')} |`,
      ),
    ].join('\n'),
  ).join('\n')

t.test('the page lists the clauses that there are', async t => {
  const page = readFileSync(PAGE, 'utf8')
  const [before = '', rest = ''] = page.split(BEGIN)
  const after = rest.slice(rest.indexOf(END))
  const written = `${before}${BEGIN}${table()}\n\n${after}`
  if (process.env['NBS_WRITE'] === '1') writeFileSync(PAGE, written)
  t.equal(readFileSync(PAGE, 'utf8'), written, 'up to date: npm run conformance')
})
