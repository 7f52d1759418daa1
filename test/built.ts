/**
 * The program as it is installed: `bin/nbs.js` with `dist/` behind it. Builds once where dist/ is missing or older
 * than the sources, however many tests ask at a time. Does not run it in this process.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export const PROGRAM = resolve('bin/nbs.js')
const BUILT = 'dist/src/cli/main.js'
const LOCK = 'dist/.building'
/** A build takes seconds; a lock that is older was left behind. */
const LOCK_MILLIS = 120_000

const newest = (directory: string): number =>
  readdirSync(directory, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(directory, entry.name)
    return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }, 0)

const isBuilt = (): boolean => existsSync(BUILT) && statSync(BUILT).mtimeMs >= newest('src')

/** Resolves when `bin/nbs.js` is what the sources say. */
export const built = async (): Promise<void> => {
  while (!isBuilt()) {
    mkdirSync('dist', { recursive: true })
    try {
      mkdirSync(LOCK)
    } catch {
      const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
      if (Date.now() - since > LOCK_MILLIS) rmSync(LOCK, { recursive: true, force: true })
      await pause(200)
      continue
    }
    try {
      if (!isBuilt()) build()
    } finally {
      rmSync(LOCK, { recursive: true, force: true })
    }
  }
}

/** The compiler writes its output in spite of type errors; finding those is the business of `npm run check`. */
const build = (): void => {
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']
  const { stdout } = spawnSync('sh', ['-c', WITHOUT_TAP, process.execPath, ...compiler], { encoding: 'utf8' })
  if (!isBuilt()) throw new Error(`dist/ was not built: ${stdout}`)
}

/**
 * tap hooks itself into every child process by NODE_OPTIONS, which takes ten times as long and is not how the program
 * is run. It does so behind the back of `spawn`, so that only a shell can take it away again.
 */
export const WITHOUT_TAP = 'unset NODE_OPTIONS; exec "$0" "$@"'

const PLAIN: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(NODE_|TAP|_TAPJS|FORCE_COLOR|NO_COLOR|NBS_)/.test(name)),
)

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Another Node than this one. */
  readonly node?: string
}

/** `nbs ARGS…` to its end. */
export const nbs = async (args: readonly string[], options: Started = {}): Promise<Ended> => {
  await built()
  return program([PROGRAM, ...args], options)
}

/** A Node process to its end. */
export const program = (
  args: readonly string[],
  { cwd, env, node = process.execPath }: Started = {},
): Promise<Ended> =>
  new Promise((done, failed) => {
    const child = spawn('sh', ['-c', WITHOUT_TAP, node, ...args], {
      cwd,
      env: { ...PLAIN, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', failed)
    child.on('close', status =>
      done({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    )
  })
