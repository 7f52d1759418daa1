/**
 * The program, as a process of its own: what `scripts/test.mjs` has compiled, before any test. Does not run it in this
 * process.
 */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

export const PROGRAM = resolve('.build/nbs/main.js')

/** Without what would colour or change its output. A run's mark stays: by it a dead run's processes are found. */
export const PLAIN: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => name === 'NBS_TEST_RUN' || !/^(NODE_|TAP|_TAPJS|FORCE_COLOR|NO_COLOR|NBS_)/.test(name),
  ),
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
export const nbs = (args: readonly string[], options: Started = {}): Promise<Ended> =>
  program([PROGRAM, ...args], options)

/** A Node process to its end. */
export const program = (
  args: readonly string[],
  { cwd, env, node = process.execPath }: Started = {},
): Promise<Ended> =>
  new Promise((done, failed) => {
    const child = spawn(node, args, { cwd, env: { ...PLAIN, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', failed)
    child.on('close', status =>
      done({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    )
  })
