/**
 * Compiles the sources, the tests and the benchmarks into `.build/`: file by file, in the same tree, with source maps;
 * and the program as it is installed into `.build/nbs/`, for tests that start it. It takes about a second and does not
 * look at types.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundle, writeOutputs } from './bundle.mjs'

export const ROOT = join(import.meta.dirname, '..')
/** The folders that are compiled, and where to; ignored by git. */
const FOLDERS = ['src', 'test', 'bench']
export const BUILD = join(ROOT, '.build')

const filesIn = folder =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))

/** As TypeScript's `rewriteRelativeImportExtensions`; nothing is bundled. */
const compiledNames = {
  name: 'compiled names',
  setup: ({ onResolve }) =>
    onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === 'entry-point'
        ? undefined
        : { path: path.startsWith('.') ? path.replace(/\.tsx?$/, '.js') : path, external: true },
    ),
}

/** Rejects with esbuild's message, already printed, where a file is no TypeScript. */
export const compile = () => Promise.all([compileFiles(), bundle(join(BUILD, 'nbs'), { sourcemap: true })])

const compileFiles = async () => {
  const sources = FOLDERS.flatMap(folder => filesIn(join(ROOT, folder)))
  const { outputFiles } = await build({
    entryPoints: sources.filter(file => /\.tsx?$/.test(file) && !file.endsWith('.d.ts')),
    outdir: BUILD,
    outbase: ROOT,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    bundle: true,
    plugins: [compiledNames],
    sourcemap: 'linked',
    sourcesContent: false,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    write: false,
    logLevel: 'warning',
  })
  writeOutputs(outputFiles)
  const wanted = new Set(outputFiles.map(({ path }) => path))
  for (const file of FOLDERS.map(folder => join(BUILD, folder)).flatMap(filesIn))
    if (!wanted.has(file) && /\.(js|map)$/.test(file)) rmSync(file, { force: true })
}
