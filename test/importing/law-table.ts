/**
 * By hand: the law's table over the shipped scenarios, or over hard cases from one number to another
 * (`node .build/test/importing/law-table.js hard 1 2000`). Asserts nothing.
 */
import { readdirSync } from 'node:fs'
import process from 'node:process'
import { readScenario } from '../../src/scenario/read-file.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { hardCase } from '../simulation/hard/hard-case.ts'
import { textScenario } from '../simulation/running.ts'
import { lawOf } from './agreement.ts'

const [from = 'scenarios', low = '1', high = '1'] = process.argv.slice(2)

const hardOnes = function* (): Generator<[string, Scenario]> {
  for (let n = Number(low); n <= Number(high); n++)
    try {
      yield [`hard ${n}`, textScenario(hardCase(n))]
    } catch {
      // Some cases name a server that they do not have.
    }
}

const shipped = function* (): Generator<[string, Scenario]> {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' }).sort()) {
    const loaded = name.endsWith('.yaml') ? readScenario(`${from}/${name}`) : undefined
    if (loaded?.ok) yield [name, loaded.scenario]
  }
}

const { machines, unseen, explained, unexplained } = lawOf(from === 'hard' ? hardOnes() : shipped())
const seen = machines - unseen
const agree = seen - explained.length - unexplained.length
process.stdout.write(
  [
    ...unexplained,
    `${machines} machines, ${unseen} unseen; of ${seen}: ${agree} agree, ${explained.length} explained, ${unexplained.length} not: ${((100 * (seen - unexplained.length)) / seen).toFixed(2)} %`,
    '',
  ].join('\n'),
)
