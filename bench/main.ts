/**
 * `npm run bench`: how fast the simulator is. Every figure is measured in this process, several times; beside it
 * stands a yardstick measured in the same run, so that a slow machine does not look like slow code.
 */
import process from 'node:process'
import { random } from '../src/core/random.ts'
import { Scheduler } from '../src/network/virtual/scheduler.ts'
import { loadScenario } from '../src/scenario/load.ts'
import { runScenario } from '../src/simulation/run.ts'
import { memoryImages } from '../src/nbs/images.ts'
import { bootStorm } from './boot-storm.ts'

const ROUNDS = 5
const SMALL = 2_000
const LARGE = 10_000

interface Figures {
  readonly boots: number
  readonly frames: number
}

/** Boots and frames per second of one run. */
const stormOf = (machines: number): (() => Figures) => {
  const storm = bootStorm({ loadScenario, runScenario, memoryImages }, machines)
  return () => {
    const { seconds, frames } = storm()
    return { boots: machines / seconds, frames: frames / seconds }
  }
}

/** The yardstick: the hold model, 10,000 pending events, each of which schedules its successor. */
const holdModel = (): number => {
  const scheduler = new Scheduler()
  const draw = random('hold')
  let events = 0
  const hop = (): void => {
    events++
    scheduler.setTimer(scheduler.now() + 1 + draw.below(1000), hop)
  }
  for (let i = 0; i < 10_000; i++) scheduler.setTimer(draw.below(1000), hop)
  const start = process.hrtime.bigint()
  scheduler.run(Infinity, () => events >= 1_000_000)
  return events / (Number(process.hrtime.bigint() - start) / 1e9)
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
const thousands = (value: number): string => Math.round(value).toLocaleString('en')
const rounds = <T>(measure: () => T): T[] => Array.from({ length: ROUNDS }, measure)

const small = stormOf(SMALL)
small() // warm-up
const yardstick = median(rounds(holdModel))
const storms = rounds(small)
const boots = median(storms.map(storm => storm.boots))
const frames = median(storms.map(storm => storm.frames))
const large = stormOf(LARGE)()
const peak = process.resourceUsage().maxRSS / 1024

const lines = [
  [
    'complete EDK2 boots per second',
    thousands(boots),
    `${SMALL} machines, 64 KiB by TFTP, median of ${ROUNDS}`,
  ],
  ['frames per second', thousands(frames), `${(frames / boots).toFixed(1)} frames a boot`],
  [
    'frames per bare event (yardstick)',
    (frames / yardstick).toFixed(3),
    `hold model: ${thousands(yardstick)} events/s`,
  ],
  [`boots per second, ${thousands(LARGE)} machines`, thousands(large.boots), 'one run on one segment'],
  ['peak memory', `${thousands(peak)} MiB`, 'of this process, all of the above'],
] as const
for (const [what, figure, how] of lines)
  process.stdout.write(`${what.padEnd(40)}${figure.padStart(10)}   ${how}\n`)
