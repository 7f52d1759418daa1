/**
 * `packaging/man/nbs.1` is what the program's own help says, as a manual page; `npm run man` writes it. It renders
 * without a warning.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { nbs } from '../built.ts'
import { manualPage } from './manual-page.ts'

const FILE = 'packaging/man/nbs.1'

const helpOf = async (...words: string[]): Promise<string> => (await nbs([...words, '--help'])).stdout

t.test('the manual page is what help says', async t => {
  const top = await helpOf()
  const names = [...top.matchAll(/^ {2}nbs ([\w-]+)/gm)].map(([, name]) => name!)
  t.ok(names.length > 10)
  const helps: { name: string; help: string }[] = []
  for (const name of names) helps.push({ name, help: await helpOf(name) })
  const page = manualPage(helps)
  if (process.env['NBS_WRITE'] === '1') {
    mkdirSync('packaging/man', { recursive: true })
    writeFileSync(FILE, page)
  }
  t.equal(existsSync(FILE) ? readFileSync(FILE, 'utf8') : '', page, `${FILE} is up to date: npm run man`)
  for (const [, option] of helps
    .map(({ help }) => help)
    .join('\n')
    .matchAll(/^ +(?:-\w, )?--([\w-]+)/gm))
    t.ok(
      /^(help|version)$/.test(option!) || page.includes(`\\-\\-${option!.replaceAll('-', '\\-')}`),
      option!,
    )
})

t.test('package.json names it', async t => {
  const { man, files } = JSON.parse(readFileSync('package.json', 'utf8')) as { man: string; files: string[] }
  t.equal(man, `./${FILE}`)
  t.ok(files.includes('packaging'))
})

const groff = spawnSync('groff', ['--version']).error === undefined

t.test(
  'it renders at 80 columns without a warning',
  { skip: groff ? false : 'groff is not installed' },
  async t => {
    const { status, stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tutf8', '-rLL=80n', FILE], {
      encoding: 'utf8',
      env: { ...process.env, GROFF_NO_SGR: '1' },
    })
    t.same([status, stderr], [0, ''])
    const plain = stdout.replaceAll(/.\u0008/g, '')
    t.same(
      plain.split('\n').filter(line => line.length > 80),
      [],
      'no line is broken by the terminal',
    )
  },
)
