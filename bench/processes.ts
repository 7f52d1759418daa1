/** What the network benchmarks need of other programs: start, wait until they listen, look at their cost, end them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Contender {
  readonly name: string
  readonly port: number
  readonly child: ChildProcess
}

export const has = (program: string): boolean => !spawnSync(program, ['--version'], { stdio: 'ignore' }).error

/** Ready when it has written `sign` (or anything) to either of its outputs; rejects with what it wrote if it ends. */
export const started = (
  name: string,
  port: number,
  program: string,
  words: readonly string[],
  { sign = '', environment = {} }: { sign?: string; environment?: NodeJS.ProcessEnv } = {},
): Promise<Contender> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    let told = ''
    const look = (bytes: Buffer): void => {
      told += bytes.toString()
      if (told.includes(sign)) resolve({ name, port, child })
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${name} ended: ${told}`)))
  })

/** Of the whole process, user and system; 0 once it is gone. */
export const cpuSeconds = ({ child }: Contender): number => {
  // Fields 14 and 15 of proc(5), counted behind the name, in ticks of 10 ms.
  const fields = procFile(child, 'stat').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100
}

/** `VmHWM` (the most so far) or `VmRSS`, in bytes. */
export const memoryBytes = ({ child }: Contender, field: 'VmHWM' | 'VmRSS'): number =>
  1024 * Number(new RegExp(`${field}:\\s+(\\d+)`).exec(procFile(child, 'status'))?.[1] ?? 0)

const procFile = (child: ChildProcess, name: string): string => {
  try {
    return readFileSync(`/proc/${child.pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

/**
 * The same program again in a network of its own, if this is root: its ports are free, dnsmasq may have port 69, and
 * nobody else's traffic is measured or disturbed. Returns its status, or undefined if this is the one to go on.
 */
export const inOwnNetwork = (): number | undefined => {
  if (process.getuid?.() !== 0 || process.env['NBS_BENCH_NETWORK'] || !has('unshare')) return undefined
  const words = [
    '--net',
    'sh',
    '-c',
    'ip link set lo up && exec "$@"',
    'sh',
    process.execPath,
    ...process.argv.slice(1),
  ]
  const { status } = spawnSync('unshare', words, {
    stdio: 'inherit',
    env: { ...process.env, NBS_BENCH_NETWORK: '1' },
  })
  return status ?? 1
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
