/**
 * The shipped scenarios, run: each shows what it says it shows, with its own seed and with others, and the same
 * twice.
 */
import { readdirSync } from 'node:fs'
import t from 'tap'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import { recordingOf } from '../../src/simulation/recording.ts'
import type { RunResult } from '../../src/simulation/result.ts'
import { runScenario } from '../../src/simulation/run.ts'

const unmet = (result: RunResult): string[] =>
  result.expectations.filter(({ met }) => !met).map(({ text, got }) => `${text}: got ${got}`)

const files = readdirSync('scenarios').filter(name => name.endsWith('.yaml'))

t.test('every scenario shows what it teaches', async t => {
  for (const name of files) {
    const file = `scenarios/${name}`
    const loaded = readScenario(file)
    if (!loaded.ok) {
      t.fail(`${file} does not load`)
      continue
    }
    const { scenario } = loaded
    const run = (seed: number): RunResult => runScenario(scenario, surroundingsOf(scenario), { seed }).result
    const results = [scenario.seed, 2, 3].map(run)
    for (const result of results) t.strictSame(unmet(result), [], `${file}, seed ${result.seed}`)
    t.strictSame(run(scenario.seed), results[0], `${file}: the same twice`)
  }
})

t.test('the steps of a lesson are moments of its run', async t => {
  let lessons = 0
  for (const name of files) {
    const loaded = readScenario(`scenarios/${name}`)
    if (!loaded.ok || loaded.scenario.steps.length === 0) continue
    lessons++
    const { scenario } = loaded
    const run = runScenario(scenario, surroundingsOf(scenario))
    const { site } = recordingOf(scenario, run)
    let last = 0
    for (const { seconds, text } of site!.steps) {
      t.ok(seconds !== null, `${name}: ${text}`)
      t.ok(seconds! >= last, `${name} goes on in time: ${text}`)
      last = seconds!
      // A step that names a moment to the microsecond speaks of a packet that came just before.
      if ((seconds! * 1000) % 1 === 0 || seconds === 0) continue
      const near = run.trace.some(({ at }) => at <= seconds! * 1e6 && at > seconds! * 1e6 - 2000)
      t.ok(near, `${name}: something happens at ${seconds} s`)
    }
    const elsewhere = recordingOf(scenario, runScenario(scenario, surroundingsOf(scenario), { seed: 99 }))
    t.equal(elsewhere.site!.steps.length, site!.steps.length)
  }
  t.ok(lessons >= 5, `${lessons} lessons`)
})
