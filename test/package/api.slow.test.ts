/**
 * docs/api/ is what the sources give: whoever changes the public face shows it there (`npm run api`).
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { program } from '../built.ts'

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(md|ts)$/.test(name))
    .sort()

t.test('docs/api is what the sources give (npm run api writes it)', async t => {
  const folder = t.testdir({})
  const { status, stdout, stderr } = await program(['scripts/api.mjs', folder])
  t.equal(status, 0, stdout + stderr)
  t.strictSame(filesOf('docs/api'), filesOf(folder))
  for (const name of filesOf(folder))
    t.equal(readFileSync(join('docs/api', name), 'utf8'), readFileSync(join(folder, name), 'utf8'), name)
})
