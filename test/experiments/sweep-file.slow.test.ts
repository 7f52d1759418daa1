/** The file of a sweep, cut off at every byte and continued; and the bar that shows how far it is. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startProgress } from '../../src/report/text/progress.ts'
import { openSweepFile, readSweep } from '../../src/experiments/sweep/file.ts'
import { type SweepPlan, runAt, shardRunCount } from '../../src/experiments/sweep/plan.ts'
import { identityFor, wholePlan } from '../../src/experiments/sweep/record.ts'

const PLAN: SweepPlan = {
  seeds: { first: 1, last: 9 },
  vary: [{ path: 'a', values: ['ä', 'ö'] }],
  shard: { index: 2, of: 4 },
}
const SWEEP = identityFor(PLAN, { version: '1', title: 'Zwölf', scenario: 'abc', images: 'def' })
const lineOf = (run: number, seed: number): string =>
  JSON.stringify({ sweep: SWEEP, run, seed, vary: { a: 'ö' }, groups: [] })
const LINES = Array.from({ length: shardRunCount(PLAN) }, (_, position) => {
  const { run, seed } = runAt(PLAN, position)
  return lineOf(run, seed)
})
const WHOLE = Buffer.from(`${LINES.join('\n')}\n`)

t.test('cut at any byte, it goes on to the same file', async t => {
  const path = join(t.testdir({}), 'f.jsonl')
  const wrong: number[] = []
  for (let cut = 0; cut <= WHOLE.length; cut++) {
    writeFileSync(path, WHOLE.subarray(0, cut))
    let known = 0
    const file = openSweepFile(path, SWEEP, PLAN, () => known++)
    const complete = WHOLE.subarray(0, cut).toString().split('\n').length - 1
    if (file.done !== complete || known !== file.done) wrong.push(cut)
    const rest = LINES.slice(file.done)
    if (rest.length > 1) file.append(rest.slice(0, 1))
    if (rest.length > 0) file.append(rest.slice(rest.length > 1 ? 1 : 0))
    file.close()
    if (!readFileSync(path).equals(WHOLE)) wrong.push(cut)
  }
  t.same(wrong, [])
  t.ok(WHOLE.length > 400)
})

t.test('what is no record in its place is run again, and everything after it', async t => {
  const path = join(t.testdir({}), 'f.jsonl')
  const broken: readonly (readonly [string, string[]])[] = [
    ['zeros after a power cut', [LINES[0]!, '\0'.repeat(200), LINES[2]!]],
    ['half a record', [LINES[0]!, LINES[1]!.slice(0, -9), LINES[2]!]],
  ]
  for (const [what, lines] of broken) {
    writeFileSync(path, `${lines.join('\n')}\n`)
    const file = openSweepFile(path, SWEEP, PLAN, () => {})
    t.equal(file.done, 1, what)
    file.append(LINES.slice(1))
    file.close()
    t.ok(readFileSync(path).equals(WHOLE), what)
  }
  writeFileSync(path, Buffer.concat([WHOLE, Buffer.from('more\n')]))
  const file = openSweepFile(path, SWEEP, PLAN, () => {})
  t.equal(file.done, LINES.length)
  file.close()
  t.ok(readFileSync(path).equals(WHOLE), 'nothing after the last')
})

t.test("other people's files are left alone", async t => {
  const directory = t.testdir({ text: 'no line feed', yaml: 'title: x\n', other: '' })
  const open = (name: string) => () => openSweepFile(join(directory, name), SWEEP, PLAN, () => {})
  for (const name of ['text', 'yaml']) {
    const before = readFileSync(join(directory, name))
    t.throws(open(name), {
      message: /is there already and holds something else; name another --out/,
      status: 2,
    })
    t.ok(readFileSync(join(directory, name)).equals(before))
  }
  const images = identityFor(wholePlan(SWEEP), { ...SWEEP, images: 'other' })
  writeFileSync(
    join(directory, 'other'),
    `${LINES[0]!.replace(JSON.stringify(SWEEP), JSON.stringify(images))}\n`,
  )
  t.throws(open('other'), { message: /another sweep \(another content of the image folders\)/ })
  const places = [[lineOf(2, 3)], [LINES[0]!, LINES[2]!], [LINES[0]!, LINES[0]!], [...LINES, lineOf(2, 3)]]
  for (const before of places.map(lines => `${lines.join('\n')}\n`)) {
    writeFileSync(join(directory, 'other'), before)
    t.throws(open('other'), { message: /run \d is none of this shard, or not in its place/ })
    t.equal(readFileSync(join(directory, 'other'), 'utf8'), before)
  }
  t.throws(open('.'), { message: /cannot be written|is not a regular file/ })
  t.throws(() => readSweep(join(directory, 'yaml')), { message: /its first line is no record of a run/ })
  t.throws(() => readSweep(join(directory, 'none')), {
    message: /cannot be read: no such file or directory$/,
  })
})

t.test('a bar on a terminal, nothing elsewhere', async t => {
  const shown = (isTTY: boolean): string[] => {
    const written: string[] = []
    const stream = { isTTY, columns: 200, write: (text: string) => written.push(text) > 0 }
    const progress = startProgress(0, 1000, stream)
    progress.show(500, 10_000)
    progress.show(501, 10_020)
    progress.show(1000, 20_000)
    progress.end()
    return written
  }
  t.same(shown(false), [])
  const [half, full, end, ...more] = shown(true)
  t.match(half, /^\r█{12}░{12} 50 % {2}500 of 1,000 runs, [\d,]+ boots\/s, \d+ s left/)
  t.match(full, /^\r█{24} 100 % {2}1,000 of 1,000 runs, [\d,]+ boots\/s, 0 s left/)
  t.same([end, more], ['\r\u001b[K', []], 'not at every run')
})
