/**
 * What the command line makes of each scenario file, written into folders: `run`, `compare` (one machine of each
 * profile of each firmware), `lint`, `analyze` of the capture that the run wrote, and two sweeps. Does not judge.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import process from 'node:process'

export interface ArtefactsPlan {
  /** `bin/nbs.js` of the checkout that is looked at. */
  readonly program: string
  /** A checkout: its `scenarios` are run, by names relative to it, as results hold them. */
  readonly scenarios: string
  readonly only: string
  readonly into: string
  /** Programs at a time. */
  readonly jobs: number
}

const SEEDS = 200
/** A race of two servers, and of four kinds of firmware. */
const SWEPT = ['two-nbs-one-subnet', 'mixed-firmware']
/** Nothing here takes a minute; what hangs must not hang forever. */
const TIMEOUT_MILLIS = 15 * 60_000

export const artefactsOf = async (plan: ArtefactsPlan): Promise<void> => {
  mkdirSync(plan.into, { recursive: true })
  if (readdirSync(plan.into).length > 0) throw new Error(`${plan.into} is not empty`)
  const names = yamlFiles(join(plan.scenarios, 'scenarios')).filter(name => name.includes(plan.only))
  const tasks = names.flatMap(name => [
    () => oneScenario(plan, name),
    ...(SWEPT.includes(name) ? [() => oneSweep(plan, name)] : []),
  ])
  const worker = async (): Promise<void> => {
    for (let task = tasks.shift(); task; task = tasks.shift()) await task()
  }
  await Promise.all(Array.from({ length: plan.jobs }, worker))
}

/** Relative to the folder, without `.yaml`, in order. */
const yamlFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.yaml'))
    .map(name => name.slice(0, -'.yaml'.length).replaceAll('\\', '/'))
    .sort()

const oneScenario = async (plan: ArtefactsPlan, name: string): Promise<void> => {
  const folder = join(plan.into, name)
  mkdirSync(folder, { recursive: true })
  const file = `scenarios/${name}.yaml`
  const capture = join(folder, 'capture.pcapng')
  const page = join(folder, 'report.html')
  const status: Record<string, number | null> = {}
  const call = async (cwd: string, words: readonly string[]): Promise<void> => {
    const [command = ''] = words
    const { output, code } = await nbs(plan.program, cwd, words)
    status[command] = code
    writeFileSync(join(folder, `${command}.json`), output)
  }
  await call(plan.scenarios, ['run', file, '--json', '--capture', capture, '--report', page])
  if (existsSync(page)) {
    writeFileSync(join(folder, 'report.json'), dataOfPage(readFileSync(page, 'utf8')))
    rmSync(page)
  }
  if (existsSync(capture)) await call(folder, ['analyze', 'capture.pcapng', '--json'])
  await call(plan.scenarios, ['lint', file, '--json'])
  await call(plan.scenarios, ['compare', file, '--profiles', 'all', '--json'])
  writeFileSync(join(folder, 'status.json'), `${JSON.stringify(status)}\n`)
}

const oneSweep = async (plan: ArtefactsPlan, name: string): Promise<void> => {
  const folder = join(plan.into, 'sweeps', name)
  mkdirSync(folder, { recursive: true })
  const records = join(folder, 'sweep.jsonl')
  const words = ['sweep', `scenarios/${name}.yaml`, '--seeds', String(SEEDS), '--workers', '1']
  const { output } = await nbs(plan.program, plan.scenarios, [...words, '--out', records, '--json'])
  writeFileSync(join(folder, 'sweep.json'), output)
}

/** What it wrote on standard output, and its exit status; null if it was ended. */
const nbs = (
  program: string,
  cwd: string,
  words: readonly string[],
): Promise<{ readonly output: Buffer; readonly code: number | null }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...words], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MILLIS,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    })
    const output: Buffer[] = []
    const complaints: Buffer[] = []
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => complaints.push(bytes))
    child.once('error', reject)
    child.once('close', code => {
      // 1 is an answer: an expectation not met, a finding that is an error.
      if (code !== 0 && code !== 1)
        console.error(`nbs ${words.join(' ')}: status ${code}\n${Buffer.concat(complaints).toString()}`)
      resolve({ output: Buffer.concat(output), code })
    })
  })

/** The page's own script has this text, too, but split: the first place is the real one. */
const DOOR = /<script type="application\/json" id="recordings">/

/** The recordings within a report; the page around them is no result. */
const dataOfPage = (page: string): string => {
  const door = DOOR.exec(page)
  if (!door) throw new Error('a report without recordings')
  const start = door.index + door[0].length
  return page.slice(start, page.indexOf('</script>', start))
}

/** Files below a folder, by names relative to it, in order. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()

/** `NAME SHA-256` of each file, the hash cut to its first 16 digits: enough to tell what changed. */
export const hashArtefacts = (folder: string): string[] =>
  filesBelow(folder).map(name => {
    const hash = createHash('sha256').update(readFileSync(join(folder, name)))
    return `${name} ${hash.digest('hex').slice(0, 16)}`
  })
