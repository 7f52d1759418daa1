/**
 * Another major version of Node tells the same stories to the byte: results, logs, explanations, captures. It is the
 * Node that NBS_OTHER_NODE names, else Node 24 from the npm package `node`, by the npm client as it is configured;
 * since that is 190 MB, only where NBS_LAB=1 asks for everything.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { PROGRAM, program } from '../built.ts'
import { LIBRARY } from './running.ts'

const FLAGSHIP = 'scenarios/two-nbs-one-subnet.yaml'

/** The path of another Node, or why there is none. */
const otherNode = (directory: string): { readonly node: string } | { readonly reason: string } => {
  const named = process.env['NBS_OTHER_NODE']
  if (named !== undefined) return { node: named }
  if (process.env['NBS_LAB'] !== '1')
    return { reason: 'NBS_LAB=1 fetches Node 24 for it; NBS_OTHER_NODE names one that is there' }
  const node = join(directory, 'node_modules', 'node', 'bin', 'node')
  try {
    const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts=false', '--prefix', directory]
    execFileSync('npm', ['install', ...options, 'node@24'], { stdio: 'pipe' })
  } catch (error) {
    return { reason: `npm install node@24 failed: ${String(error).split('\n')[0]}` }
  }
  return existsSync(node) ? { node } : { reason: 'the package node@24 brought no binary' }
}

/** Prints size and hash of each scenario's capture. */
const CAPTURES = `
import { createHash } from 'node:crypto'
const [root, ...files] = process.argv.slice(1)
const { run } = await import(root + '/index.js')
for (const file of files) {
  const bytes = (await run(file)).capture()
  console.log(file, bytes.length, createHash('sha256').update(bytes).digest('hex'))
}`

t.test('another Node and this one, byte for byte', async t => {
  const directory = t.testdir({})
  const other = otherNode(directory)
  if ('reason' in other) {
    if (process.env['NBS_LAB'] === '1') t.fail(other.reason)
    else t.pass('needs another Node', { skip: other.reason })
    return
  }
  const version = async (node: string) => (await program(['--version'], { node })).stdout.trim()
  const [here, there] = [await version(process.execPath), await version(other.node)]
  t.not(there.split('.')[0], here.split('.')[0], `${here} here, ${there} there`)

  const calls: Readonly<Record<string, readonly string[]>> = {
    'results and logs': [PROGRAM, 'run', ...LIBRARY, '--json', '--log'],
    explanation: [PROGRAM, 'run', FLAGSHIP, '--explain', 'pc-4'],
    captures: ['--input-type=module', '--eval', CAPTURES, pathToFileURL('.build/src').href, ...LIBRARY],
  }
  for (const [what, args] of Object.entries(calls)) {
    const one = await program(args, { node: process.execPath })
    const two = await program(args, { node: other.node })
    t.strictSame([one.status, two.status], [0, 0], what)
    t.ok(one.stdout.length > 500 && two.stdout === one.stdout, `${what}: ${one.stdout.length} characters`)
    t.ok(two.stderr === one.stderr, `${what}: ${one.stderr.length} characters of log`)
  }
})
