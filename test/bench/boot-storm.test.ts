/**
 * The benchmarks' load is what they say it is: every machine boots.
 */
import { test } from 'tap'
import { bootStorm } from '../../bench/boot-storm.ts'
import { memoryImages } from '../../src/nbs/images.ts'
import { loadScenario } from '../../src/scenario/load.ts'
import { runScenario } from '../../src/simulation/run.ts'

test('a boot storm boots every machine, each time alike', async t => {
  const storm = bootStorm({ loadScenario, runScenario, memoryImages }, 5)
  const { frames } = storm()
  t.ok(frames >= 5 * 60, 'with the packets of a whole transfer each')
  t.equal(storm().frames, frames)
})
