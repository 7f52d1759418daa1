/**
 * The examples of docs/library.md and of the README run as they stand, in a folder with the scenario that the page shows.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transform } from 'esbuild'
import t from 'tap'
import { program } from '../built.ts'

const blocksOf = (page: string, language: string): readonly string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, found, text]) =>
    found === language && text !== undefined ? [text] : [],
  )

const MODULES: Readonly<Record<string, string>> = {
  'nbs-lab': 'index',
  'nbs-lab/testing': 'testing',
  'nbs-lab/protocol': 'protocol',
}

/** As JavaScript, with the package's modules as they were compiled. */
const runnable = async (block: string): Promise<string> => {
  // A port that nobody else on this computer has, for this test alone.
  const own = block.replace('12_000', String(4_000 + (process.pid % 12_000)))
  const { code } = await transform(own, { loader: 'ts', target: 'node20', format: 'esm' })
  return code.replace(/from "(nbs-lab[\w/]*)"/g, (_, name: string) => {
    const file = resolve('.build/src', `${MODULES[name]}.js`)
    return `from "${pathToFileURL(file).href}"`
  })
}

/** What an example prints, by its first line; the rest of them need not say anything. */
const PRINTED: readonly (readonly [text: string, stdout: RegExp])[] = [
  ["set: { 'servers.nbs-b", /^nbs-a\n/],
  ['InvalidScenarioError', /did you mean office\?\nservers\.nbs\.on\n$/],
  ['listen(null', /^127\.0\.0\.1 \d+\n$/],
  ['new DhcpServer', /'send'/],
]

for (const page of ['docs/library.md', 'README.md'])
  t.test(page, async t => {
    const blocks = blocksOf(page, 'ts')
    t.ok(blocks.length >= 1, `${blocks.length} examples`)
    const folder = t.testdir({ 'office.yaml': blocksOf('docs/library.md', 'yaml')[0]! })
    for (const [index, block] of blocks.entries()) {
      const file = join(folder, `example-${index}.mjs`)
      writeFileSync(file, await runnable(block))
      const { status, stdout, stderr } = await program([file], { cwd: folder })
      t.equal(status, 0, `example ${index}: ${stderr}${status === 0 ? '' : stdout}`)
      for (const [text, printed] of PRINTED) if (block.includes(text)) t.match(stdout, printed, text)
    }
  })
