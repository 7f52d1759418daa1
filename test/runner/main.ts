/**
 * Runs test files, and with --check what `npm run check` does, some at a time; tells what failed, and the CPU time of
 * everything it started. `scripts/test.mjs` has compiled them. Does not know any test.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type TestSet, chosen, longestFirst } from './files.ts'
import { type Job, type Outcome, type Running, start } from './job.ts'
import { OWNER, ownName, statOf } from './owner.ts'
import { jobLines, skipLines, sumLine } from './report.ts'
import { FOLDERS, sweep } from './sweep.ts'

const DURATIONS = '.build/durations.json'
const LAB = process.env['NBS_LAB'] === '1'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: 'string', short: 'j' }, fast: { type: 'boolean' }, check: { type: 'boolean' } },
})

const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** Seconds that ended children, and theirs, have used; zero where the system does not tell. */
const childrensCpu = (): { readonly user: number; readonly system: number } => {
  try {
    const fields = statOf('self')
    return { user: Number(fields[13]) / 100, system: Number(fields[14]) / 100 }
  } catch {
    return { user: 0, system: 0 }
  }
}

const run = ownName()
const isOurs = (name: string): boolean => name === run || name.startsWith(`${run}-`)
const fixtures = join(FOLDERS.fixtures, run)
const environment = {
  ...process.env,
  [OWNER]: run,
  TMPDIR: join(FOLDERS.temporary, run),
  // No test has a limit of its own: see job.ts.
  TAP_TIMEOUT: '0',
}

const testJob = (file: string, n: number): Job => ({
  name: file,
  command: [
    process.execPath,
    '--enable-source-maps',
    '--import=./.build/test/runner/preload.js',
    `.build/${file.replace(/\.ts$/, '.js')}`,
  ],
  environment: { ...environment, NBS_TEST_FOLDER: join(fixtures, String(n)) },
  printsTap: true,
})

const checkJobs = (): Job[] => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { check: string } }
  return scripts.check.split(' && ').map(command => ({
    name: command,
    command: ['npx', ...command.split(' ')],
    environment,
    printsTap: false,
  }))
}

const measured = (): Record<string, number> => {
  try {
    return JSON.parse(readFileSync(DURATIONS, 'utf8')) as Record<string, number>
  } catch {
    return {}
  }
}

const began = performance.now()
const running = new Set<Running>()
const outcomes: Outcome[] = []

/** The last words, whether all has run or not. */
const finish = (unfinished: string | undefined): void => {
  for (const { stop } of running) stop()
  const left = sweep(isOurs)
  if (left.processes > 0 || left.namespaces.length > 0)
    print(`left behind by tests, now removed: ${left.processes} processes ${left.namespaces.join(' ')}`)
  const skips = outcomes.flatMap(({ skips }) => skips)
  for (const line of skipLines(skips)) print(line)
  if (unfinished !== undefined) print(unfinished)
  print(sumLine(outcomes.length, (performance.now() - began) / 1000, childrensCpu()))
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
  // A job that fails without a failed assertion counts as one; in the lab nothing may be skipped.
  const failed =
    outcomes.reduce((sum, { ok, failures }) => sum + (ok ? 0 : Math.max(1, failures.length)), 0) +
    (LAB ? skips.length : 0) +
    (unfinished === undefined ? 0 : 1)
  print(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

const runAll = async (jobs: readonly Job[]): Promise<void> => {
  const queue = [...jobs]
  const durations = measured()
  let before = 0
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const started = start(job)
      running.add(started)
      const outcome = await started.outcome
      running.delete(started)
      outcomes.push(outcome)
      const { user, system } = childrensCpu()
      print(jobLines(job.name, outcome, user + system - before))
      before = user + system
      durations[job.name] = outcome.seconds
    }
  }
  // Lab tests wait much for firmware and servers of others.
  const count = Number(values.jobs ?? availableParallelism() + (LAB ? 1 : 0))
  await Promise.all(Array.from({ length: count }, worker))
  writeFileSync(DURATIONS, JSON.stringify(durations, null, 1))
}

sweep()
mkdirSync(environment.TMPDIR)
mkdirSync(fixtures, { recursive: true })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    finish(`stopped by ${signal}`)
    process.exit(1)
  })
const set: TestSet = values.fast === true ? 'fast' : LAB ? 'lab' : 'normal'
const files = longestFirst(chosen(positionals, set), measured())
await runAll([...(values.check === true ? checkJobs() : []), ...files.map(testJob)])
finish(undefined)
