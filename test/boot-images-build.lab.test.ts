/** The boot programs are what their sources say, bit for bit. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { requireProgram } from './lab.ts'

t.test('nasm makes the committed programs again', async t => {
  if (!requireProgram(t, 'nasm')) return
  const { PROGRAMS, makeBootImages } = (await import(pathToFileURL('boot-images/make.mjs').href)) as {
    PROGRAMS: readonly { readonly name: string }[]
    makeBootImages: (directory: string) => void
  }
  const made = t.testdir({})
  makeBootImages(made)
  for (const { name } of PROGRAMS)
    t.ok(readFileSync(join(made, name)).equals(readFileSync(join('boot-images', name))), name)
})
