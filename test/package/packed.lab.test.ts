/**
 * The package from outside: what is in it, and projects that install it and use it as users do, on every Node that it is
 * for. Needs the npm registry, or its cache: other people's test frameworks.
 */
import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { done, inFolder, install, packed } from './packed.ts'

if (process.env['NBS_LAB'] !== '1') {
  t.pass('needs the npm registry', { skip: 'NBS_LAB=1 installs the package into projects of its own' })
  process.exit()
}

const folder = t.testdir({ types: {} })
const pack = await packed(folder)

/** A project of its own with the package in it. */
const project = async (name: string, ...options: readonly string[]): Promise<string> => {
  const place = join(folder, name)
  cpSync(join('examples', name), place, { recursive: true, filter: path => !/node_modules|dist$/.test(path) })
  await done(inFolder(place, 'npm', 'pkg', 'set', `devDependencies.nbs-lab=file:${pack.file}`))
  await install(place, ...options)
  return place
}

t.test('the package has what runs, and no more', async t => {
  t.comment(`${pack.files.length} files, ${(pack.size / 1e6).toFixed(2)} MB packed`)
  const paths = pack.files.map(({ path }) => path)
  for (const needed of [
    'dist/nbs/index.js',
    'dist/nbs/main.js',
    'dist/types/index.d.ts',
    'dist/viewer/viewer.html',
    'bin/nbs.js',
  ])
    t.ok(paths.includes(needed), needed)
  t.strictSame(
    paths.filter(path => /bench|\.map$|^(src|test|examples)\//.test(path)),
    [],
  )
})

t.test('publint and are-the-types-wrong find nothing', async t => {
  t.match(await done(inFolder('.', 'npx', 'publint', pack.file, '--strict')), /All good/)
  const wrong = await inFolder('.', 'npx', 'attw', pack.file, '--profile', 'esm-only')
  t.equal(wrong.status, 0, wrong.stdout)
})

for (const name of ['node-test', 'tap', 'vitest', 'jest'])
  t.test(`examples/${name}`, async t => {
    const place = await project(name, ...(name === 'node-test' ? ['--omit=optional'] : []))
    await done(inFolder(place, 'npm', 'test'))
    const { status, stdout, stderr } = await inFolder(place, 'npm', 'run', 'test:failing')
    t.not(status, 0, 'a failing assertion fails')
    const said = (stdout + stderr).replaceAll(/\s+/g, ' ')
    t.match(said, '3 of 3 machines of pc did not boot from nbs-b:')
    t.match(said, /pc-2: booted BStrap\/x64\/BStrap\.efi from nbs-a after [\d.]+ s/)
    for (const file of ['report.html', 'capture.pcapng']) {
      const path = `nbs-lab-failures/the-old-server-wins/${file}`
      t.match(said, path)
      t.ok(existsSync(join(place, path)), path)
    }
  })

/** Is it `any`, or does it give one? */
const TYPES = `
type IsAny<T> = 0 extends 1 & T ? true : false
type Given<T> = T extends (...args: never) => infer R ? Awaited<R> : T
type Anys<M> = { [K in keyof M]: true extends IsAny<M[K]> | IsAny<Given<M[K]>> ? K : never }[keyof M]
type All = Anys<typeof import('nbs-lab')> | Anys<typeof import('nbs-lab/testing')> | Anys<typeof import('nbs-lab/protocol')>
const none: [All] extends [never] ? true : All = true
void none
`

t.test('the declarations hold no any, and are right without skipLibCheck', async () => {
  const place = join(folder, 'node-test')
  writeFileSync(join(place, 'types.ts'), TYPES)
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
  await done(inFolder(place, 'npx', 'tsc', ...options))
})

for (const version of [22, 24])
  t.test(`the example on Node ${version}`, async t => {
    const place = join(folder, `node-${version}`)
    cpSync(join(folder, 'types'), place, { recursive: true })
    writeFileSync(join(place, 'package.json'), '{}')
    await install(place, '--no-save', '--ignore-scripts=false', `node@${version}`)
    const node = join(place, 'node_modules/node/bin/node')
    t.match(await done(inFolder(folder, node, '--version')), new RegExp(`^v${version}`))
    await done(inFolder(join(folder, 'node-test'), node, '--test', 'dist/office.test.js'))
  })
