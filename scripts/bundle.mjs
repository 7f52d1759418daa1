/**
 * The program and the library as they are installed: the sources joined into some thirty files, because Node needs half
 * a second to open six hundred. Packages stay outside. All files lie in one folder: a module names a file that it runs
 * as a thread or a process of its own by `new URL('./x.js', import.meta.url)`, and that must be one of `ENTRIES`.
 *
 *     node scripts/bundle.mjs [FOLDER]        default dist/nbs
 */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

const ENTRIES = {
  // What package.json names.
  main: 'src/cli/main.ts',
  index: 'src/index.ts',
  testing: 'src/testing.ts',
  protocol: 'src/protocol.ts',
  // Threads.
  worker: 'src/experiments/sweep/worker.ts',
  'image-worker': 'src/nbs/image-worker.ts',
  // A process.
  relay: 'src/network/attach/program/relay.ts',
}

/** Only files that changed are written, each whole: a run that is under way does not read half of one. */
export const writeOutputs = outputs => {
  for (const { path, contents } of outputs) {
    if (isThere(path, contents)) continue
    mkdirSync(dirname(path), { recursive: true })
    const fresh = `${path}.${process.pid}`
    writeFileSync(fresh, contents)
    renameSync(fresh, path)
  }
}

const isThere = (path, bytes) => {
  try {
    return readFileSync(path).equals(bytes)
  } catch {
    return false
  }
}

/** With source maps for tests; the package has none. Rejects with esbuild's message, already printed. */
export const bundle = async (folder, { sourcemap = false } = {}) => {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: folder,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    bundle: true,
    splitting: true,
    packages: 'external',
    sourcemap: sourcemap && 'linked',
    sourcesContent: false,
    write: false,
    logLevel: 'warning',
  })
  writeOutputs(outputFiles)
  const wanted = new Set(outputFiles.map(({ path }) => path))
  for (const name of readdirSync(folder))
    if (/\.(js|map)$/.test(name) && !wanted.has(resolve(folder, name)))
      rmSync(join(folder, name), { force: true })
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await bundle(resolve(process.argv[2] ?? join(ROOT, 'dist/nbs')))
