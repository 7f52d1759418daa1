/**
 * Scenarios run from their text or their file, for tests. Asserts nothing.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { type Run, type RunOptions, runScenario } from '../../src/simulation/run.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import type { ClientResult } from '../../src/simulation/result.ts'

/** Every scenario that is shipped. */
export const LIBRARY: readonly string[] = readdirSync('scenarios')
  .filter(name => name.endsWith('.yaml'))
  .map(name => `scenarios/${name}`)

export const fileScenario = (file: string): Scenario => accepted(readScenario(file))

/** As if the text stood in a file beside the shipped ones. */
export const textScenario = (text: string): Scenario =>
  accepted(loadScenario(text, { file: 'scenarios/test.yaml' }))

const accepted = (loaded: ReturnType<typeof loadScenario>): Scenario => {
  if (loaded.ok) return loaded.scenario
  throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
}

export const run = (scenario: Scenario, options: RunOptions = {}): Run =>
  runScenario(scenario, surroundingsOf(scenario), options)

export const runText = (text: string, options: RunOptions = {}): Run => run(textScenario(text), options)

export const machine = ({ result }: Run, name: string): ClientResult => {
  const found = result.clients.find(client => client.name === name)
  if (!found) throw new RangeError(`no machine ${name}`)
  return found
}

/** `booted`, or `failed PXE-E53`: of all machines, sorted, each with how many there are. */
export const tally = (clients: readonly ClientResult[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { outcome, code } of clients) {
    const key = code === null ? outcome : `${outcome} ${code}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** SHA-256 of a boot image as it lies on the disk, read without the program's own reader. */
export const imageHash = (file: string): string =>
  createHash('sha256')
    .update(readFileSync(`boot-images/${file}`))
    .digest('hex')

export const imageSize = (file: string): number => statSync(`boot-images/${file}`).size
