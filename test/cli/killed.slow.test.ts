/** Killed at any moment, a command leaves each file whole: the old one or the new one; a sweep, lines to go on from. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { random } from '../../src/core/random.ts'
import { PLAIN, PROGRAM, nbs } from '../built.ts'
import { byEffort } from '../effort.ts'
import { viewerPage } from '../viewer/page.ts'

/** Of each command. */
const KILLS = byEffort({ quick: 4, thorough: 12, night: 67 })
const stream = random('killed')

t.before(viewerPage)

const at = mkdtempSync(join(tmpdir(), 'nbs-killed-'))
t.teardown(() => rmSync(at, { recursive: true, force: true }))

/** Ends when the process has. */
const killed = (args: readonly string[], afterMillis: number): Promise<NodeJS.Signals | null> =>
  new Promise((done, failed) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: PLAIN, stdio: 'ignore' })
    child.on('error', failed)
    child.on('close', (_, signal) => done(signal))
    void pause(afterMillis).then(() => child.kill('SIGKILL'))
  })

const timed = async (args: readonly string[]): Promise<number> => {
  const start = performance.now()
  t.equal((await nbs(args)).status, 0, args.join(' '))
  return performance.now() - start
}

for (const option of ['--report', '--capture', '--junit'])
  t.test(`run ${option}`, async t => {
    const file = join(at, `file${option}`)
    const args = ['run', 'two-nbs-one-subnet', option, file]
    const millis = await timed(args)
    const fresh = readFileSync(file)
    const old = Buffer.from('old\n'.repeat(10_000))
    const seen = { old: 0, new: 0 }
    for (let kill = 0; kill < KILLS; kill++) {
      writeFileSync(file, old)
      // Most of the time of a run goes by before anything is written.
      await killed(args, millis * (0.5 + stream.below(700) / 1000))
      const left = readFileSync(file)
      if (left.equals(old)) seen.old++
      else if (left.equals(fresh)) seen.new++
      else t.fail(`kill ${kill}: ${left.length} bytes, neither old nor new`)
    }
    t.equal(seen.old + seen.new, KILLS)
    t.comment(`${option}: ${seen.old} old, ${seen.new} new`)
    for (const name of readdirSync(at).filter(each => each.endsWith('.part'))) {
      t.match(name, /^\.file--/, 'what was begun is hidden, and never the name that was asked for')
      rmSync(join(at, name))
    }
  })

t.test('sweep --out', async t => {
  const [file, whole] = [join(at, 'sweep.jsonl'), join(at, 'whole.jsonl')]
  const args = ['sweep', 'one-nbs', '--seeds', '400', '--workers', '1', '--out']
  const millis = await timed([...args, whole])
  const lines = readFileSync(whole, 'utf8')
  for (let kill = 0; kill < KILLS; kill++) {
    rmSync(file, { force: true })
    await killed([...args, file], (millis * stream.below(1000)) / 1000)
    const left = readdirSync(at).includes('sweep.jsonl') ? readFileSync(file, 'utf8') : ''
    t.ok(lines.startsWith(left), `kill ${kill}: ${left.length} bytes are the beginning of the whole`)
  }
  await timed([...args, file])
  t.equal(readFileSync(file, 'utf8'), lines, 'and the next start goes on from there')
})
