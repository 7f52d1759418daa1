/** What a job of a run counts and keeps, and how it ends. */
import t from 'tap'
import { type Outcome, start } from './job.ts'
import { until } from '../patience.ts'
import { jobLines, skipLines, sumLine } from './report.ts'

const ends = (script: string, printsTap = true, silenceMillis?: number): Promise<Outcome> => {
  const command = [process.execPath, '-e', script]
  return start({ name: 'x', command, environment: process.env, printsTap }, silenceMillis).outcome
}
const prints = (lines: string, status = 0): Promise<Outcome> =>
  ends(`console.log(${JSON.stringify(lines)}); process.exitCode = ${status}`)

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const NESTED = `TAP version 14
# Subtest: outer
    # Subtest: inner
        ok 1 - one
        not ok 2 - two
          ---
          at:
            fileName: test/x.test.ts
            lineNumber: 7
          diff: |
            -a
            +b
          ...
        1..2
    not ok 1 - inner
    ok 2 - three
    1..2
not ok 1 - outer
ok 2 - four # SKIP not here
1..2
`

t.test('assertions are counted, those that sum up others are not', async t => {
  const outcome = await prints(NESTED, 1)
  t.match(outcome, { ok: false, passed: 2, skips: ['not here'] })
  t.match(outcome.failures, [{ name: 'outer > inner > two' }])
  const said = jobLines('x', outcome, 1)
  t.match(said, /^FAILED +\d+\.\d s +1\.0 s CPU {2}x \(2\)\n {2}not ok: outer > inner > two\n/)
  t.match(said, /\n +test\/x\.test\.ts:7\n +-a\n +\+b$/)
})

t.test('all is well', async t => {
  t.match(await prints('TAP version 14\nok 1 - one\n1..1\n'), { ok: true, passed: 1, failures: [] })
})

t.test('fewer assertions than planned, a bad status, a crash: all fail, and say why', async t => {
  t.match(await prints('TAP version 14\nok 1 - one\n1..2\n'), { ok: false })
  t.match(await prints('TAP version 14\nok 1 - one\n1..1\n', 3), { ok: false, failures: [] })
  const crashed = await ends("throw new Error('it broke')")
  t.match(crashed, { ok: false, passed: 0 })
  t.match(jobLines('x', crashed, 0), 'it broke')
  t.match(await ends("process.kill(process.pid, 'SIGKILL')"), { ok: false, output: /ended by SIGKILL/ })
})

t.test('what prints no TAP passes or fails by its status', async t => {
  t.match(await ends('console.log(1)', false), { ok: true, passed: 1 })
  t.match(await ends("console.log('wrong'); process.exit(1)", false), { ok: false, output: /wrong/ })
})

t.test('what hangs is ended, with what it started', async t => {
  const script = `
    const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 99)'])
    console.log('# ' + pid)
    setInterval(() => {}, 99)`
  const { ok, output } = await ends(script, true, 1_500)
  t.notOk(ok)
  t.match(output, /stopped: it said nothing for/)
  // Where it came to start one before its time was over.
  const [, pid] = /^# (\d+)$/m.exec(output) ?? []
  if (pid !== undefined) t.ok(await until(() => !isAlive(Number(pid))), `${pid} is gone`)
})

t.test('reasons and sums', async t => {
  t.strictSame(skipLines(['a', 'b', 'a']), ['skipped: a (2)', 'skipped: b (1)'])
  t.equal(
    sumLine(3, 119.7 + 5.3, { user: 60, system: 5.4 }),
    '3 jobs in 2 min 5 s; CPU 1 min 5 s (user 60 s, system 5 s)',
  )
})
