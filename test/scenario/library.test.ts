/**
 * The shipped scenarios, run: each shows what it says it shows, with its own seed and with others, and the same
 * twice.
 */
import { readdirSync } from 'node:fs'
import t from 'tap'
import { surroundingsOf } from '../../src/cli/surroundings.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import type { RunResult } from '../../src/scenario/result.ts'
import { runScenario } from '../../src/scenario/run.ts'

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
