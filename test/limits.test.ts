/**
 * docs/limits.md lists every limit on what a peer, a file or a run can grow: it is written from the source by
 * `NBS_WRITE=1 tap test/limits.test.ts`, and this test fails when the two differ.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'

const root = process.cwd()
const page = join(root, 'docs/limits.md')

const HEAD = `# Limits

Everything a peer, a capture, a scenario or a run can make grow has a named limit. This page is written from the source
(\`npm run limits\`); the comment beside each constant says what happens beyond it.

| limit | value | where | what it bounds |
| --- | --- | --- | --- |
`

const LIMIT = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^(?:export )?const (MAX_\w+)(?:: \w+)? = ([^\n]+)/gm
/** There is one way to name a limit: whoever looks for them looks for MAX_. */
const OTHER_NAME = /^(?:export )?const (?!DEFAULT_)(\w+_(?:MAX|LIMIT))\b/m

const sources = (): string[] =>
  readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort()

const limits = (): string[] =>
  sources().flatMap(file =>
    [...readFileSync(join(root, file), 'utf8').matchAll(LIMIT)].map(([, comment = '', name, value]) => {
      const text = comment
        .replace(/\s*\n\s*\*\s?/g, ' ')
        .replace(/\|/g, '\\|')
        .trim()
      return `| \`${name}\` | ${value!.replace(/_/g, ',').replace(/,(?=[A-Z])/g, '_')} | ${file} | ${text} |`
    }),
  )

t.test('every limit is documented', async t => {
  const text = `${HEAD}${limits().join('\n')}\n`
  if (process.env['NBS_WRITE'] === '1') writeFileSync(page, text)
  t.same(
    limits().filter(row => row.endsWith('|  |')),
    [],
    'every limit says what it bounds',
  )
  t.same(
    sources().filter(file => OTHER_NAME.test(readFileSync(join(root, file), 'utf8'))),
    [],
  )
  t.ok(limits().length > 40, `${limits().length} limits`)
  t.equal(readFileSync(page, 'utf8'), text, 'docs/limits.md is up to date: npm run limits')
})
