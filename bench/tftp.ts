/**
 * TFTP throughput, side by side in one run: 64 MiB by atftp over loopback from `nbs serve --loopback`, from the npm
 * package tftp, and from dnsmasq where it is installed. One client for all, so its cost is the same; servers take turns
 * within each round, so that a busy machine slows all alike. Prints a table and ratios; judges nothing.
 *
 *     npm run build && node dist/bench/tftp.js [rounds]
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SIZE = 64 * 1024 * 1024
const HOST = '127.0.0.1'
const FILE = 'bench.bin'
/** Block size and window; dnsmasq 2.90 knows no window, and a server that declines one is marked. */
const CELLS = [
  [512, 1],
  [1_468, 1],
  [1_468, 4],
  [1_468, 16],
  [1_468, 64],
] as const
const WINDOWED = new Set(['nbs', 'npm tftp'])

interface Contender {
  readonly name: string
  readonly port: number
  readonly child: ChildProcess
}

const rounds = Number(process.argv[2] ?? 3)
const has = (program: string): boolean => !spawnSync(program, ['--version'], { stdio: 'ignore' }).error
if (!has('atftp')) {
  console.error('bench/tftp needs atftp (package atftp)')
  process.exit(3)
}
const folder = mkdtempSync(join(tmpdir(), 'nbs-bench-'))
const contenders: Contender[] = []
const started = async (
  name: string,
  port: number,
  program: string,
  words: readonly string[],
): Promise<void> => {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  contenders.push({ name, port, child })
  // Each says something when it listens.
  await once(child.stderr, 'data')
  child.stderr.resume()
  await new Promise(resolve => setTimeout(resolve, 1_500))
}

const NPM_SERVER = `
const tftp = require('tftp')
const server = tftp.createServer({ host: '${HOST}', port: 10169, root: process.argv[1], denyPUT: true })
server.on('error', () => {})
server.on('request', request => request.on('error', () => {}))
server.listen()
process.stderr.write('ready')
`

const seconds = async ({ port }: Contender, blockSize: number, window: number): Promise<number> => {
  const options = ['--option', `blksize ${blockSize}`]
  if (window > 1) options.push('--option', `windowsize ${window}`)
  const start = process.hrtime.bigint()
  await run('atftp', [...options, '--get', '-l', '/dev/null', '-r', FILE, HOST, String(port)])
  return Number(process.hrtime.bigint() - start) / 1e9
}

const measure = async (): Promise<void> => {
  const best = new Map<string, number>()
  for (let round = 0; round < rounds; round++)
    for (const [blockSize, window] of CELLS)
      for (const contender of contenders) {
        if (window > 1 && !WINDOWED.has(contender.name)) continue
        const key = `${contender.name} ${blockSize} ${window}`
        best.set(key, Math.min(best.get(key) ?? Infinity, await seconds(contender, blockSize, window)))
      }
  const rate = (name: string, [blockSize, window]: readonly [number, number]): number =>
    SIZE / 1e6 / (best.get(`${name} ${blockSize} ${window}`) ?? Infinity)
  console.log(
    `64 MiB by atftp over loopback, best of ${rounds}, MB/s; ${cpus()[0]?.model.trim()}, Node ${process.version}\n`,
  )
  console.log(
    ['blksize x window', ...contenders.map(({ name }) => name), 'nbs : best other'].map(pad).join(''),
  )
  for (const cell of CELLS) {
    const rates = contenders.map(({ name }) => rate(name, cell))
    const others = Math.max(...rates.slice(1))
    const shown = rates.map(value => (value === 0 ? '-' : value.toFixed(1)))
    console.log([`${cell[0]} x ${cell[1]}`, ...shown, (rates[0]! / others).toFixed(2)].map(pad).join(''))
  }
}

const pad = (text: string): string => text.padEnd(18)

try {
  writeFileSync(join(folder, FILE), Buffer.alloc(SIZE, 'network boot '))
  const program = process.env['NBS_PROGRAM'] ?? fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
  await started('nbs', 10_069, process.execPath, [
    program,
    'serve',
    '--loopback',
    '--beside-others',
    '--images',
    folder,
  ])
  await started('npm tftp', 10_169, process.execPath, ['-e', NPM_SERVER, folder])
  // Its TFTP port cannot be chosen, and 69 needs root.
  if (process.getuid?.() === 0 && has('dnsmasq'))
    await started('dnsmasq', 69, 'dnsmasq', ['--no-daemon', '--conf-file=/dev/null', '--port=0', '--enable-tftp', `--tftp-root=${folder}`, '--interface=lo', '--bind-interfaces', '--user=root']) // prettier-ignore
  await measure()
} finally {
  for (const { child } of contenders) child.kill('SIGTERM')
  rmSync(folder, { recursive: true })
}
