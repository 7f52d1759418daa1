/**
 * The package as it is published, and projects that install it. Asserts nothing.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Ended, PLAIN } from '../built.ts'

/** Settings of the npm that runs the tests are not those of another project. */
const OUTSIDE = Object.fromEntries(Object.entries(PLAIN).filter(([name]) => !/^npm_|^INIT_CWD$/.test(name)))

/** A program to its end, in a folder. */
export const inFolder = (cwd: string, command: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env: OUTSIDE, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', failed)
    child.on('close', status =>
      done({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    )
  })

/** Rejects with what it printed where it fails. */
export const done = async (ended: Promise<Ended>): Promise<string> => {
  const { status, stdout, stderr } = await ended
  if (status !== 0) throw new Error(`status ${status}\n${stdout}\n${stderr}`)
  return stdout
}

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )

const isBuilt = (): boolean =>
  existsSync('dist/types/index.d.ts') && statSync('dist/types/index.d.ts').mtimeMs > newest('src')

export interface Packed {
  readonly file: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

/** `npm pack`; builds first where the sources are newer, as `npm ci` has done in CI. */
export const packed = async (folder: string): Promise<Packed> => {
  if (!isBuilt()) await done(inFolder('.', 'npm', 'run', 'build'))
  const printed = await done(
    inFolder('.', 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder),
  )
  const [pack] = JSON.parse(printed) as [{ filename: string; size: number; files: { path: string }[] }]
  return { ...pack, file: resolve(folder, pack.filename) }
}

/** From the cache where it can. */
export const install = (folder: string, ...what: readonly string[]): Promise<string> =>
  done(
    inFolder(
      folder,
      'npm',
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--ignore-scripts',
      ...what,
    ),
  )
