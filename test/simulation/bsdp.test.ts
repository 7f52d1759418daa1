/**
 * The BSDP scenarios, run: each shows what it teaches, with other seeds too, and exactly the findings it says. Several
 * well-behaved servers are none.
 */
import { readdirSync } from 'node:fs'
import t from 'tap'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import type { RunResult } from '../../src/simulation/result.ts'
import { runScenario } from '../../src/simulation/run.ts'

const FOLDER = 'scenarios/bsdp'

const run = (file: string, seed?: number): RunResult => {
  const loaded = readScenario(`${FOLDER}/${file}`)
  if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join('\n'))
  return runScenario(loaded.scenario, surroundingsOf(loaded.scenario), seed === undefined ? {} : { seed })
    .result
}

/** Every finding of each scenario; what is not here must not be found. */
const FINDINGS: Readonly<Record<string, readonly string[]>> = {
  'one-server.yaml': [],
  'two-balanced.yaml': [],
  'pxe-and-bsdp.yaml': [],
  'ignores-server-identifier.yaml': ['bsdp-answer-for-another', 'bsdp-loaded-elsewhere'],
  'double-binding.yaml': ['bsdp-double-binding'],
  'same-global-id.yaml': ['bsdp-global-image-conflict'],
  'constant-priority.yaml': ['bsdp-constant-priority'],
  'unknown-model.yaml': ['bsdp-list-unanswered'],
  'unprivileged-reply-port.yaml': ['bsdp-list-unanswered', 'bsdp-unprivileged-reply-port'],
}

t.test('every BSDP scenario shows what it teaches, and nothing else', async t => {
  t.strictSame(readdirSync(FOLDER).toSorted(), Object.keys(FINDINGS).toSorted())
  for (const [file, findings] of Object.entries(FINDINGS))
    for (const seed of [undefined, 2, 3, 4]) {
      const result = run(file, seed)
      t.strictSame(
        result.expectations.filter(({ met }) => !met).map(({ text, got }) => `${text}: got ${got}`),
        [],
        `${file}, seed ${result.seed}`,
      )
      t.strictSame(
        [...new Set(result.findings.map(({ rule }) => rule))].toSorted(),
        findings,
        `${file}: findings`,
      )
    }
})

t.test('the load is shared: neither server takes all', async t => {
  const { clients } = run('two-balanced.yaml')
  const count = (name: string) => clients.filter(({ pxeServer }) => pxeServer === name).length
  t.equal(count('nbs-1') + count('nbs-2'), 12)
  t.ok(Math.abs(count('nbs-1') - count('nbs-2')) <= 4, `${count('nbs-1')} and ${count('nbs-2')}`)
})

t.test('the same twice', async t => {
  t.strictSame(run('pxe-and-bsdp.yaml'), run('pxe-and-bsdp.yaml'))
})
