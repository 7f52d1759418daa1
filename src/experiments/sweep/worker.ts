/**
 * One worker thread of a sweep: runs batches and answers each with its records as lines. Keeps the scenario of the
 * cell it is in. Does not write files and does not know the other workers.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Override } from '../../scenario/load.ts'
import type { Scenario } from '../../scenario/model.ts'
import { type RunSurroundings, runScenario } from '../../simulation/run.ts'
import { type PlannedRun, cellValues, runAt } from './plan.ts'
import { recordOfRun } from './record.ts'
import { surroundingsOf } from '../../simulation/node.ts'
import type { Batch, BatchAnswer, Work } from './pool.ts'
import { scenarioOfCell } from './source.ts'

interface Cell {
  readonly number: number
  readonly values: readonly Override[]
  readonly scenario: Scenario
  readonly surroundings: RunSurroundings
}

const { source, sweep } = workerData as Work
let current: Cell | undefined

const cellOf = (number: number): Cell => {
  if (current?.number === number) return current
  const scenario = scenarioOfCell(source, number)
  // Records hold no hashes of files, so none are made.
  const surroundings = { ...surroundingsOf(scenario), hashOf: () => '' }
  return (current = { number, values: cellValues(source.plan, number), scenario, surroundings })
}

const lineOf = (planned: PlannedRun): string => {
  const { values, scenario, surroundings } = cellOf(planned.cell)
  const { result } = runScenario(scenario, surroundings, { seed: planned.seed, observed: false })
  return JSON.stringify(recordOfRun(sweep, planned, values, scenario, result.clients))
}

const answer = ({ first, count }: Batch): BatchAnswer => {
  const lines: string[] = []
  for (let position = first; position < first + count; position++) {
    const planned = runAt(source.plan, position)
    try {
      lines.push(lineOf(planned))
    } catch (error) {
      const set = cellValues(source.plan, planned.cell).map(([path, value]) => ` --set '${path}=${value}'`)
      const again = `nbs run ${source.scenario.file} --seed ${planned.seed}${set.join('')}`
      return {
        first,
        failed: [`run ${planned.run} failed: ${(error as Error).message}`, `Again, alone: ${again}`],
      }
    }
  }
  return { first, lines }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
parentPort!.on('message', (batch: Batch) => parentPort!.postMessage(answer(batch)))
