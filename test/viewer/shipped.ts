/**
 * Runs of shipped scenarios for the viewer's tests. Holds no test.
 */
import { join } from 'node:path'
import { scenarioFrom, surroundingsOf } from '../../src/simulation/node.ts'
import { runScenario } from '../../src/simulation/run.ts'

export const shippedRun = (name: string) => {
  const file = join(import.meta.dirname, '../../scenarios', `${name}.yaml`)
  const scenario = scenarioFrom(file)
  return { scenario, run: runScenario(scenario, surroundingsOf(scenario)) }
}
