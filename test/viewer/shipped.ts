/**
 * Runs of shipped scenarios for the viewer's tests. Holds no test.
 */
import { scenarioFrom } from '../../src/scenario/read-file.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { runScenario } from '../../src/simulation/run.ts'

export const shippedRun = (name: string) => {
  const file = `scenarios/${name}.yaml`
  const scenario = scenarioFrom(file)
  return { scenario, run: runScenario(scenario, surroundingsOf(scenario)) }
}
