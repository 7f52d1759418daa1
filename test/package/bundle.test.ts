/**
 * What the package runs stands in one folder (`scripts/bundle.mjs`): a module that starts a thread names its file by
 * `new URL('./x.js', import.meta.url)`, and in the bundle that file must stand beside it.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const BUNDLE = readFileSync('scripts/bundle.mjs', 'utf8')
const NAMED = /new URL\(['"`]\.\/([\w-]+)\.js['"`], import\.meta\.url\)/g

const sources = readdirSync('src', { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
  .map(entry => join(entry.parentPath, entry.name))

t.test('every file that is started as a thread is an entry of the bundle', async t => {
  const named = sources.flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(NAMED)].map(([, name]) => ({
      name: name!,
      from: join(file, '..'),
    })),
  )
  t.ok(named.length >= 2)
  for (const { name, from } of named) {
    t.match(
      BUNDLE,
      `${name}: '${from}/${name}.ts'`.replace(/^([\w]*-.*?):/, "'$1':"),
      `add ${name} to ENTRIES`,
    )
    t.ok(existsSync(`.build/nbs/${name}.js`), name)
  }
})

t.test('no other file is looked for beside a module', async t => {
  for (const file of sources) {
    const text = readFileSync(file, 'utf8').replaceAll(NAMED, '')
    t.notMatch(text, /new URL\([^)]*import\.meta\.url/, file)
  }
})
