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

const ROUNDS = 5
const BOOT_FILE_SIZE = 64 * 1024
const SMALL = 2_000
const LARGE = 10_000

const images = memoryImages({
  'BStrap/x64/BStrap.efi': new Uint8Array(BOOT_FILE_SIZE).map((_, at) => at % 251),
})

/** Own DHCP server, NBS and EDK2 machines, each of which fetches a 64 KiB boot file; every packet is simulated. */
const scenarioOf = (machines: number) => {
  const loaded = loadScenario(
    `title: bench
limit: 600s
subnets: { lan: { cidr: 10.0.0.0/16 } }
notificationServers: { ns: { unknown: { boot: pxe, image: WinPE } } }
servers:
  dhcp: { kind: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.1.0-10.0.200.254 }
  nbs: { kind: nbs, on: lan, address: 10.0.0.5, notificationServer: ns }
clients: { pc: { count: ${machines}, on: lan, firmware: edk2, mac: '00:50:56:00:00:01', powerOn: 0s..10s } }
`,
    { file: 'bench.yaml' },
  )
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.scenario
}

interface Figures {
  readonly boots: number
  readonly frames: number
}

/** Boots and frames per second of one run. */
const bootStorm = (machines: number): Figures => {
  const scenario = scenarioOf(machines)
  const surroundings = { version: 'bench', hashOf: () => '', imagesOf: () => images }
  const start = process.hrtime.bigint()
  const { result, frames } = runScenario(scenario, surroundings, { observed: false })
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const complete = result.clients.filter(
    ({ outcome, bytes }) => outcome === 'booted' && bytes === BOOT_FILE_SIZE,
  ).length
  if (complete !== machines) throw new Error(`only ${complete} of ${machines} machines booted`)
  return { boots: machines / seconds, frames: frames / seconds }
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

bootStorm(SMALL) // warm-up
const yardstick = median(rounds(holdModel))
const storms = rounds(() => bootStorm(SMALL))
const boots = median(storms.map(storm => storm.boots))
const frames = median(storms.map(storm => storm.frames))
const large = bootStorm(LARGE)
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
