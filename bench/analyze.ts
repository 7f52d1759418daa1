/**
 * `nbs analyze` beside tshark, on the same large captures in the same run: a sweep over seeds of a subnet with two NBS,
 * whose machines (EDK2, iPXE, BIOS ROM) fetch a boot program of 2 MB, and a mirror port, where such frames are one in a
 * thousand. Each is written to a temporary folder, read by both in turns, and removed. Prints seconds, rates, the ratio,
 * and peak memory; a program that fails ends it. Judges nothing.
 *
 *     npm run build && npm run bench:analyze -- [MB, default 1000] [rounds, default 2] [sweep or mirror, default both]
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { SECOND } from '../src/core/micros.ts'
import { memoryImages } from '../src/nbs/images.ts'
import { loadScenario } from '../src/scenario/load.ts'
import { runScenario } from '../src/simulation/run.ts'
import { type CaptureRecord, LINK_TYPE, encodePcap, encodePcapng } from '../src/wire/capture/index.ts'
import { pcapngPreamble } from '../src/wire/capture/write-pcapng.ts'
import { placeholderOf } from '../src/wire/executable.ts'
import { uefiProgram } from './boot-files.ts'
import { mirrorFrames } from './mirror-capture.ts'

const FILE_SIZE = 2_000_000
const FIRMWARE = ['edk2', 'ipxe', 'bios-rom']
/** Of each. */
const MACHINES = 16
const SPACING = 600 * SECOND

const megabytes = Number(process.argv[2] ?? 1000)
const rounds = Number(process.argv[3] ?? 2)
const kinds = process.argv[4] === undefined ? (['sweep', 'mirror'] as const) : [kindOf(process.argv[4])]
const command = join(fileURLToPath(import.meta.url), '../../../bin/nbs.js')

function kindOf(word: string): 'sweep' | 'mirror' {
  if (word === 'sweep' || word === 'mirror') return word
  throw new Error(`"${word}" is no kind of capture: sweep or mirror`)
}

const images = memoryImages({
  'BStrap/x64/BStrap.efi': uefiProgram(FILE_SIZE),
  'BStrap/x86/BStrap.0': placeholderOf(FILE_SIZE),
})

/** Who answers first decides between an image and the disk: the second NBS is slower most of the time. */
const scenarioOf = (seed: number) => {
  const loaded = loadScenario(
    `title: bench
seed: ${seed}
limit: 600s
subnets: { lan: { cidr: 10.0.0.0/16, link: { delay: 100us, jitter: 300us } } }
notificationServers:
  ns-1: { unknown: { boot: pxe, image: WinPE } }
  ns-2: { computers: [ { mac: '*', class: managed, boot: production } ] }
servers:
  dhcp: { kind: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.1.0-10.0.200.254 }
  nbs-a: { kind: nbs, on: lan, address: 10.0.0.5, notificationServer: ns-1 }
  nbs-b: { kind: nbs, on: lan, address: 10.0.0.6, notificationServer: ns-2, responseDelay: 0ms..20ms }
clients:
${FIRMWARE.map((firmware, i) => `  ${firmware}: { count: ${MACHINES}, on: lan, firmware: ${firmware}, mac: '00:50:56:0${i}:${hex(seed)}:01', powerOn: 0s..60s }`).join('\n')}
`,
    { file: 'bench.yaml' },
  )
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.scenario
}

const hex = (value: number): string => (value & 255).toString(16).padStart(2, '0')

interface Written {
  readonly bytes: number
  readonly frames: number
}
type Format = 'pcap' | 'pcapng'

/** Boots of one seed, their frames by the time of the run. */
const bootsOf = (seed: number): CaptureRecord[] => {
  const surroundings = { version: 'bench', hashOf: () => '', imagesOf: () => images }
  return runScenario(scenarioOf(seed), surroundings).trace.flatMap(event =>
    event.kind === 'frame' ? [{ at: event.at, iface: 0, bytes: event.bytes }] : [],
  )
}

/** Writes batches one after the other, until the file is large enough. */
const writeFile = (path: string, format: Format, batches: Iterable<readonly CaptureRecord[]>): Written => {
  const interfaces = [{ name: 'lan', linkType: LINK_TYPE.ethernet }]
  const head = format === 'pcap' ? encodePcap([]) : pcapngPreamble(interfaces)
  const file = openSync(path, 'w')
  let bytes = writeSync(file, head)
  let frames = 0
  for (const records of batches) {
    frames += records.length
    const encoded = format === 'pcap' ? encodePcap(records) : encodePcapng(interfaces, records)
    bytes += writeSync(file, encoded.subarray(head.length))
    if (bytes >= megabytes * 1e6) break
  }
  closeSync(file)
  return { bytes, frames }
}

/** Runs one after the other in time. */
function* sweep(): Generator<CaptureRecord[]> {
  for (let seed = 1; ; seed++)
    yield bootsOf(seed).map(record => ({ ...record, at: record.at + seed * SPACING }))
}

function* mirror(): Generator<CaptureRecord[]> {
  const frames = mirrorFrames(bootsOf(1))
  for (;;) yield Array.from({ length: 10_000 }, () => frames.next().value as CaptureRecord)
}

interface Measured {
  readonly seconds: number
  /** Of the processor, user and system: what a busy machine does not change much. */
  readonly cpu: number
  /** Peak resident size, where /proc tells it. */
  readonly megabytes: number
}

interface Contender {
  readonly command: string
  readonly words: readonly string[]
  /** Exit statuses of a run that did its work: findings are 1 for us. */
  readonly accepted: readonly number[]
}

/** The shell tells what its children used. */
const measure = async ({ command, words, accepted }: Contender): Promise<Measured> => {
  const start = process.hrtime.bigint()
  const script = '"$0" "$@" > /dev/null 2> /dev/null; echo $?; times'
  const child = spawn('sh', ['-c', script, command, ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
  let told = ''
  child.stdout.on('data', piece => (told += String(piece)))
  let peak = 0
  const watch = setInterval(() => (peak = Math.max(peak, peakOf(child.pid ?? 0))), 20)
  await once(child, 'close')
  clearInterval(watch)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const [status = '', , used = ''] = told.split('\n')
  if (!accepted.includes(Number(status))) throw new Error(`${command} ${words.join(' ')}: status ${status}`)
  const cpu = [...used.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  )
  return { seconds, cpu, megabytes: peak }
}

/** Of the shell's only child. */
const peakOf = (shell: number): number => {
  try {
    const pid = readFileSync(`/proc/${shell}/task/${shell}/children`, 'latin1').trim()
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

if (spawnSync('tshark', ['--version'], { stdio: 'ignore' }).error) {
  console.error('bench/analyze needs tshark')
  process.exit(3)
}
const folder = mkdtempSync(join(tmpdir(), 'nbs-bench-'))
try {
  const nbs = (...words: string[]): Contender => ({
    command: process.execPath,
    words: [command, 'analyze', ...words],
    accepted: [0, 1],
  })
  const cases = kinds.flatMap(kind => (['pcapng', 'pcap'] as const).map(format => ({ kind, format })))
  for (const { kind, format } of cases) {
    const path = join(folder, `${kind}.${format}`)
    const { bytes, frames } = writeFile(path, format, kind === 'sweep' ? sweep() : mirror())
    console.log(
      `${kind}, ${format}, ${(bytes / 1e6).toFixed(0)} MB, ${frames.toLocaleString('en')} frames; ${cpus()[0]?.model.trim()}, Node ${process.version}; best of ${rounds}`,
    )
    console.log(
      `  ${''.padEnd(28)}${['time', 'rate', 'tshark', 'CPU time', 'tshark', 'peak memory'].map(text => text.padStart(11)).join('')}`,
    )
    const contenders = {
      'nbs analyze': nbs(path),
      'nbs analyze --json (hashes)': nbs(path, '--json'),
      tshark: {
        command: 'tshark',
        words: ['-r', path, '-Y', 'dhcp or tftp', '-T', 'fields', '-e', 'frame.number'],
        accepted: [0],
      },
    }
    const best = new Map<string, Measured>()
    for (let round = 0; round < rounds; round++)
      for (const [name, contender] of Object.entries(contenders)) {
        const measured = await measure(contender)
        const before = best.get(name) ?? measured
        best.set(name, {
          seconds: Math.min(before.seconds, measured.seconds),
          cpu: Math.min(before.cpu, measured.cpu),
          megabytes: Math.max(before.megabytes, measured.megabytes),
        })
      }
    const yardstick = best.get('tshark')!
    for (const [name, { seconds, cpu, megabytes: peak }] of best) {
      const figures = [
        `${seconds.toFixed(2)} s`,
        `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`,
        `${(yardstick.seconds / seconds).toFixed(1)} x`,
        `${cpu.toFixed(2)} s`,
        `${(yardstick.cpu / cpu).toFixed(1)} x`,
        `${peak.toFixed(0)} MiB`,
      ]
      console.log(`  ${name.padEnd(28)}${figures.map(figure => figure.padStart(11)).join('')}`)
    }
    rmSync(path)
  }
} finally {
  rmSync(folder, { recursive: true })
}
