/**
 * Steps of scenario files that wait for a choice by the id its rule had before there was the rule book.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { recordingOf } from '../../src/simulation/recording.ts'
import { loadScenario } from '../../src/scenario/load.ts'
import { run } from './running.ts'

/** When each choice of the machine is first made, by the ids given; null: never. */
const momentsOf = (file: string, client: string, ids: readonly string[]): readonly (number | null)[] => {
  const steps = ids.map(id => `  - { client: ${client}, choice: '${id}', text: Look }`)
  const loaded = loadScenario(`${readFileSync(file, 'utf8')}\nsteps:\n${steps.join('\n')}\n`, { file })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return recordingOf(loaded.scenario, run(loaded.scenario)).site!.steps.map(({ seconds }) => seconds)
}

t.test('a step finds its choice by the old id as by the new one', async t => {
  const [selects, before, bios] = momentsOf('scenarios/bsdp/one-server.yaml', 'mac-1', [
    'A-24',
    'A7.2',
    'B-24',
  ])
  t.type(selects, 'number')
  t.equal(before, selects)
  t.equal(bios, null, 'another rule')
  const [raspberry, its, others] = momentsOf('scenarios/firmware/raspberry-pi-3.yaml', 'pi-late-1', [
    'RPI-1',
    'A.3',
    'A9',
  ])
  t.type(raspberry, 'number')
  t.equal(its, raspberry)
  t.equal(others, null)
})
