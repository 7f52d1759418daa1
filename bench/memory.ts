/**
 * `npm run bench:memory`: bytes allocated per simulated boot, per PXE answer and per TFTP block, by the engine's own
 * counters (`allocation.ts`), with the time beside them. Answers and blocks are those of `nbs serve --loopback`, asked
 * by the load generators of `bench/pxe.ts` and `bench/tftp.ts`; they need Linux and koffi. Judges nothing.
 *
 *     npm run bench:memory -- [--checkout FOLDER]      # an older, built checkout instead of this one
 */
import { type ChildProcess, execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { parseArgs, promisify } from 'node:util'
import {
  COUNTED,
  type Done,
  type PerUnit,
  allocatedPerUnit,
  beside,
  endChild,
  startChild,
} from './counted.ts'
import { inOwnNetwork } from './processes.ts'
import type { PxeLoad, PxeLoadResult } from './pxe-load.ts'
import { bootAllocation, wholeNumber } from './storms.ts'
import type { Load, LoadResult } from './tftp-load.ts'

const run = promisify(execFile)
const { values: options } = parseArgs({ options: { checkout: { type: 'string', default: '.' } } })

const status = inOwnNetwork()
if (status !== undefined) process.exit(status)

/** Of one round, so many that what the server does besides does not count. */
const ANSWERS = 4_000
const TRANSFERS = 12
const BLOCK_SIZE = 1468
const FILE = 'bench.bin'
const FILE_SIZE = 8 * 1024 * 1024
/** A round takes far less. */
const SECONDS = 60

const folder = mkdtempSync(join(tmpdir(), 'nbs-bench-'))
mkdirSync(join(folder, 'BStrap/x64'), { recursive: true })
writeFileSync(join(folder, 'BStrap/x64/BStrap.efi'), new Uint8Array(64 * 1024))
writeFileSync(
  join(folder, FILE),
  new Uint8Array(FILE_SIZE).map((_, at) => at % 251),
)

const loadOf = async <Result>(program: string, load: PxeLoad | Load): Promise<Result> => {
  const { stdout } = await run(process.execPath, [beside(program), JSON.stringify(load)])
  return JSON.parse(stdout) as Result
}

/** One machine asks, each time when it has its answer: how many answers go out at once does not depend on the time. */
const answers = async (port: number, ownPort: number, ask: PxeLoad['ask']): Promise<Done> => {
  const { answers: units, seconds } = await loadOf<PxeLoadResult>('pxe-load.js', {
    server: '127.0.0.1',
    port,
    own: '127.0.0.5',
    ownPort,
    ask,
    machines: 1,
    seconds: SECONDS,
    answers: ANSWERS,
  })
  return { units, seconds }
}

/** One client after the other. */
const blocks = async (windowSize: number): Promise<Done> => {
  const { bytes, seconds } = await loadOf<LoadResult>('tftp-load.js', {
    host: '127.0.0.1',
    port: 10_069,
    file: FILE,
    path: join(folder, FILE),
    clients: 1,
    blockSize: BLOCK_SIZE,
    windowSize,
    seconds: SECONDS,
    transfers: TRANSFERS,
  })
  return { units: bytes / BLOCK_SIZE, seconds }
}

/** By a server of its own: what it did before decides how the engine compiles it. */
const served = async (work: () => Promise<Done>): Promise<PerUnit> => {
  const program = join(resolve(options.checkout), 'bin/nbs.js')
  const words = ['serve', '--loopback', '--beside-others', '--images', folder]
  const child = await startChild([...COUNTED, program, ...words], listens)
  try {
    return await allocatedPerUnit(child, work)
  } finally {
    await endChild(child)
  }
}

const listens = (child: ChildProcess): Promise<void> =>
  new Promise(done => {
    child.stderr!.on('data', (bytes: Buffer) => {
      if (bytes.toString().includes('ready')) done()
    })
  })

const FIGURES: readonly [what: string, measure: () => Promise<PerUnit>][] = [
  ['simulated boot (64 KiB file, EDK2, 70 frames)', () => bootAllocation(options.checkout)],
  ['PXE answer, DISCOVER -> OFFER', () => served(() => answers(10_067, 10_067, 'discover'))],
  ['PXE answer, REQUEST at 4011 -> ACK', () => served(() => answers(14_011, 10_068, 'request'))],
  [`TFTP block of ${BLOCK_SIZE} bytes, window 1`, () => served(() => blocks(1))],
  [`TFTP block of ${BLOCK_SIZE} bytes, window 16`, () => served(() => blocks(16))],
]

const row = (what: string, ...columns: readonly string[]): void =>
  console.log(what.padEnd(46) + columns.map(column => column.padStart(11)).join(''))

try {
  row('bytes allocated for each', 'heap', 'buffers', 'noise', 'time')
  for (const [what, measure] of FIGURES) {
    const { heap, buffers, noise, seconds } = await measure()
    row(
      what,
      wholeNumber(heap),
      wholeNumber(buffers),
      `${(noise * 100).toFixed(1)} %`,
      `${(seconds * 1e6).toFixed(1)} us`,
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}
