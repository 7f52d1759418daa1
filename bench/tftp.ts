/**
 * TFTP throughput, side by side in one run: whole files over loopback from `nbs serve --loopback`, dnsmasq and atftpd,
 * to one load generator (`tftp-load.ts`) that costs the same for all and compares every byte. Servers take turns
 * within each round, so that a busy machine slows all alike; medians of the rounds. Then 1,000 transfers at once, for
 * the memory. Judges nothing but prints the ratios.
 *
 *     npm run bench:tftp -- [--rounds 3] [--seconds 0.4] [--atftpd FOLDER] [--plain] [--clients 1,16,64] [--windows 1,4,16,64]
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { type Contender, cpuSeconds, has, inOwnNetwork, median, memoryBytes, started } from './processes.ts'
import type { Load, LoadResult } from './tftp-load.ts'

const run = promisify(execFile)
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '0.4' },
    clients: { type: 'string', default: '1,16,64' },
    windows: { type: 'string', default: '1,4,16,64' },
    /** Where atftpd was unpacked; otherwise the one on PATH. */
    atftpd: { type: 'string' },
    /** Also nbs without acceleration. */
    plain: { type: 'boolean', default: false },
  },
})

const HOST = '127.0.0.1'
const FILE = 'bench.bin'
const FILE_SIZE = 8 * 1024 * 1024
const BLOCK_SIZE = 1468
const numbers = (list: string): number[] => list.split(',').map(Number)
const CLIENTS = numbers(options.clients)
const WINDOWS = numbers(options.windows)
const AT_ONCE = 1_000
const ATFTPD_LINES = `atftpd cannot be installed beside tftpd-hpa; to measure it, unpack it:
    mkdir atftpd && cd atftpd && apt-get download atftpd libwrap0 libpcre3 && for f in *.deb; do dpkg -x $f .; done
and give --atftpd FOLDER`

const status = inOwnNetwork()
if (status !== undefined) process.exit(status)

const folder = mkdtempSync(join(tmpdir(), 'nbs-bench-'))
const path = join(folder, FILE)
const contenders: Contender[] = []

const startNbs = async (name: string, offset: number, environment: NodeJS.ProcessEnv): Promise<void> => {
  const program = process.env['NBS_PROGRAM'] ?? fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
  const words = [
    'serve',
    '--loopback',
    '--beside-others',
    '--port-offset',
    String(offset),
    '--images',
    folder,
  ]
  contenders.push(
    await started(name, offset + 69, process.execPath, [program, ...words], { sign: 'ready', environment }),
  )
}

const startDnsmasq = async (): Promise<void> => {
  if (!has('dnsmasq') || process.getuid?.() !== 0)
    return console.error('without dnsmasq: needs root (its TFTP port is 69) and package dnsmasq-base')
  const words = ['--no-daemon', '--conf-file=/dev/null', '--port=0', '--user=root', '--bind-interfaces']
  words.push('--enable-tftp', '--tftp-max=2000', `--tftp-root=${folder}`, `--listen-address=${HOST}`)
  contenders.push(await started('dnsmasq', 69, 'dnsmasq', words, { sign: 'TFTP root' }))
}

const startAtftpd = async (): Promise<void> => {
  const unpacked = options.atftpd
  const program = unpacked === undefined ? 'atftpd' : join(unpacked, 'usr/sbin/atftpd')
  if (unpacked === undefined ? !has('atftpd') : !existsSync(program))
    return console.error(`without atftpd: ${ATFTPD_LINES}`)
  const port = 10_269
  const words = ['--daemon', '--no-fork', '--logfile', '-', '--verbose=7', '--maxthread', '2000']
  words.push('--port', String(port), '--bind-address', HOST, '--user', 'root', '--group', 'root', folder)
  const environment = unpacked === undefined ? {} : { LD_LIBRARY_PATH: librariesIn(unpacked).join(':') }
  contenders.push(await started('atftpd', port, program, words, { environment }))
}

const librariesIn = (unpacked: string): string[] =>
  ['lib', 'usr/lib'].flatMap(name => {
    const parent = join(unpacked, name)
    return existsSync(parent) ? readdirSync(parent).map(entry => join(parent, entry)) : []
  })

interface Measured {
  readonly rate: number
  /** Of the server, for 100 MB. */
  readonly cpu: number
  readonly window: number
}

const load = async (contender: Contender, wish: Pick<Load, 'clients' | 'windowSize' | 'seconds'>) => {
  const words: Load = { host: HOST, port: contender.port, file: FILE, path, blockSize: BLOCK_SIZE, ...wish }
  const generator = fileURLToPath(new URL('tftp-load.js', import.meta.url))
  const { stdout } = await run(process.execPath, [generator, JSON.stringify(words)])
  return JSON.parse(stdout) as LoadResult
}

const measure = async (contender: Contender, clients: number, windowSize: number): Promise<Measured> => {
  const before = cpuSeconds(contender)
  const result = await load(contender, { clients, windowSize, seconds: Number(options.seconds) })
  const cpu = cpuSeconds(contender) - before
  const megabytes = result.bytes / 1e6
  return { rate: megabytes / result.seconds, cpu: (cpu / megabytes) * 1e5, window: result.windowSize }
}

const measureAll = async (): Promise<void> => {
  const cells = CLIENTS.flatMap(clients => WINDOWS.map(window => ({ clients, window })))
  // Servers that run for days are warm.
  for (const contender of contenders)
    for (const windowSize of [1, 16]) await load(contender, { clients: 16, windowSize, seconds: 1 })
  const all = new Map<string, Measured[]>()
  for (let round = 0; round < Number(options.rounds); round++)
    for (const { clients, window } of cells)
      for (const contender of contenders) {
        const key = `${contender.name} ${clients} ${window}`
        all.set(key, [...(all.get(key) ?? []), await measure(contender, clients, window)])
      }
  const [nbs, ...others] = contenders.map(({ name }) => name)
  const rivals = others.filter(name => name !== PLAIN)
  console.log(
    row('clients', 'window', ...contenders.map(({ name }) => name), 'nbs : better', 'CPU ms / 100 MB'),
  )
  for (const { clients, window } of cells) {
    const of = (name: string) => all.get(`${name} ${clients} ${window}`)!
    const rate = (name: string) => median(of(name).map(({ rate }) => rate))
    const shown = contenders.map(({ name }) => {
      const granted = of(name)[0]!.window
      return `${rate(name).toFixed(0)}${granted === window ? '' : ` (${granted})`}`
    })
    const better = Math.max(...rivals.map(rate))
    const costs = contenders.map(({ name }) => median(of(name).map(({ cpu }) => cpu)).toFixed(0))
    console.log(
      row(String(clients), String(window), ...shown, (rate(nbs!) / better).toFixed(2), costs.join(' / ')),
    )
  }
}

const measureMemory = async (): Promise<void> => {
  console.log(`\n${AT_ONCE} transfers at once, window 64:`)
  for (const contender of contenders) {
    const before = memoryBytes(contender, 'VmRSS')
    // Whatever becomes of it: atftpd does not get far with so many.
    const result = await load(contender, { clients: AT_ONCE, windowSize: 64, seconds: 5 }).catch(String)
    if (typeof result === 'string') {
      console.log(
        `${contender.name.padEnd(10)} ${/Error: .*/g.exec(result.split('\n').slice(1).join('\n'))?.[0]}`,
      )
      continue
    }
    const { bytes, seconds, completed, resent } = result
    const most = memoryBytes(contender, 'VmHWM')
    console.log(
      `${contender.name.padEnd(10)} ${(most / 1e6).toFixed(0)} MB at most (${(before / 1e6).toFixed(0)} MB before), ` +
        `${(bytes / 1e6 / seconds).toFixed(0)} MB/s, ${completed} whole files, ${resent} resends`,
    )
  }
}

const PLAIN = 'nbs plain'
const row = (...cells: readonly string[]): string =>
  cells
    .map(text => text.padEnd(13))
    .join('')
    .trimEnd()

try {
  writeFileSync(path, randomBytes(FILE_SIZE))
  await startNbs('nbs', 10_000, {})
  if (options.plain) await startNbs(PLAIN, 11_000, { NBS_NO_ACCELERATION: '1' })
  await startDnsmasq()
  await startAtftpd()
  console.log(
    `${FILE_SIZE / 2 ** 20} MiB files over loopback, blksize ${BLOCK_SIZE}, MB/s, medians of ${options.rounds} rounds;` +
      ` (n) is the window granted, if another.\n${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}\n`,
  )
  await measureAll()
  await measureMemory()
} finally {
  for (const { child } of contenders) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
}
