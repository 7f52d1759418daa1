/**
 * PXE answers, side by side in one run: DISCOVER -> OFFER as proxy DHCP, and a request to the boot server's port 4011
 * -> ACK, by `nbs serve --loopback` and by dnsmasq as proxy DHCP; one load generator (`pxe-load.ts`) for both. They take
 * turns within each round; medians of the rounds. Judges nothing but prints the ratios. Needs root, for dnsmasq.
 *
 *     npm run bench:pxe -- [--rounds 5] [--seconds 1] [--machines 16]
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { type Contender, cpuSeconds, has, inOwnNetwork, median, started } from './processes.ts'
import type { PxeLoad, PxeLoadResult } from './pxe-load.ts'

const run = promisify(execFile)
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    machines: { type: 'string', default: '16' },
  },
})

const status = inOwnNetwork()
if (status !== undefined) process.exit(status)

const HOST = '127.0.0.1'
const MACHINE = '127.0.0.5'
const BOOT_FILE = 'BStrap/x64/BStrap.efi'

interface PxeContender {
  readonly server: Contender
  readonly dhcpPort: number
  readonly bootServerPort: number
}

const folder = mkdtempSync(join(tmpdir(), 'nbs-bench-'))
const contenders: PxeContender[] = []

const startNbs = async (): Promise<void> => {
  const program = process.env['NBS_PROGRAM'] ?? fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
  const words = [program, 'serve', '--loopback', '--beside-others', '--images', folder]
  const server = await started('nbs', 0, process.execPath, words, { sign: 'ready' })
  contenders.push({ server, dhcpPort: 10_067, bootServerPort: 14_011 })
}

const startDnsmasq = async (): Promise<void> => {
  if (!has('dnsmasq') || process.getuid?.() !== 0)
    return console.error('without dnsmasq: needs root (its port 4011 is fixed) and package dnsmasq-base')
  const words = [
    '--no-daemon',
    '--conf-file=/dev/null',
    '--port=0',
    '--user=root',
    '--interface=lo',
    '--bind-interfaces',
  ]
  words.push('--dhcp-alternate-port=1067,1068', '--dhcp-range=127.0.0.0,proxy,255.0.0.0')
  words.push(`--pxe-service=X86-64_EFI,boot,${BOOT_FILE}`, `--dhcp-boot=${BOOT_FILE}`, '--quiet-dhcp')
  const server = await started('dnsmasq', 0, 'dnsmasq', words, { sign: 'DHCP' })
  contenders.push({ server, dhcpPort: 1_067, bootServerPort: 4_011 })
}

interface Measured {
  readonly rate: number
  readonly p99: number
  /** Of the server, for 1,000 answers. */
  readonly cpuMillis: number
  readonly lost: number
}

const measure = async (contender: PxeContender, ask: PxeLoad['ask']): Promise<Measured> => {
  const { server, dhcpPort, bootServerPort } = contender
  const words: PxeLoad = {
    server: HOST,
    port: ask === 'discover' ? dhcpPort : bootServerPort,
    own: MACHINE,
    // A relay is answered at the server's port, a machine at the client's.
    ownPort: ask === 'discover' ? dhcpPort : dhcpPort + 1,
    ask,
    machines: Number(options.machines),
    seconds: Number(options.seconds),
  }
  const before = cpuSeconds(server)
  const generator = fileURLToPath(new URL('pxe-load.js', import.meta.url))
  const { stdout } = await run(process.execPath, [generator, JSON.stringify(words)])
  const result = JSON.parse(stdout) as PxeLoadResult
  const cpu = cpuSeconds(server) - before
  return {
    rate: result.answers / result.seconds,
    p99: result.p99Micros,
    cpuMillis: (cpu / result.answers) * 1e6,
    lost: result.lost,
  }
}

const row = (...cells: readonly string[]): string =>
  cells
    .map(text => text.padEnd(22))
    .join('')
    .trimEnd()

try {
  mkdirSync(join(folder, 'BStrap/x64'), { recursive: true })
  writeFileSync(join(folder, BOOT_FILE), Buffer.alloc(65_536, 'boot '))
  await startNbs()
  await startDnsmasq()
  console.log(
    `${options.machines} machines over loopback, medians of ${options.rounds} rounds of ${options.seconds} s\n` +
      `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}\n`,
  )
  const names = contenders.map(({ server }) => server.name)
  console.log(row('', ...names.map(name => `${name}: answers/s`), 'ratio', ...names.map(name => `${name}: p99 us`), 'CPU us / answer')) // prettier-ignore
  for (const [ask, title] of [
    ['discover', 'DISCOVER -> OFFER'],
    ['request', '4011 REQUEST -> ACK'],
  ] as const) {
    // Servers that run for days are warm.
    for (const contender of contenders) await measure(contender, ask)
    const all = contenders.map((): Measured[] => [])
    for (let round = 0; round < Number(options.rounds); round++)
      for (const [i, contender] of contenders.entries()) all[i]!.push(await measure(contender, ask))
    const of = (pick: (measured: Measured) => number): number[] => all.map(list => median(list.map(pick)))
    const rates = of(({ rate }) => rate)
    const ratio = rates[0]! / (rates[1] ?? NaN)
    const costs = of(({ cpuMillis }) => cpuMillis).map(value => value.toFixed(1))
    console.log(
      row(
        title,
        ...rates.map(value => value.toFixed(0)),
        ratio.toFixed(2),
        ...of(({ p99 }) => p99).map(value => value.toFixed(0)),
        costs.join(' / '),
      ),
    )
    const lost = all.map(list => list.reduce((sum, measured) => sum + measured.lost, 0))
    if (lost.some(count => count > 0)) console.log(`  asked again: ${lost.join(' / ')}`)
  }
} finally {
  for (const { server } of contenders) server.child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
}
