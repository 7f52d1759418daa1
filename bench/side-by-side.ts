/**
 * `npm run bench:side-by-side -- --against CHECKOUT`: simulated boots per second of this checkout and of another built
 * one, in turn, so that a busy machine slows both; the medians of what each pair says, and what a boot allocates, which
 * no other program on the machine can change. Judges nothing.
 *
 *     npm run bench:side-by-side -- --against CHECKOUT [--starts 3] [--pairs 9] [--machines 500]
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import type { Storm } from './boot-storm.ts'
import { endChild } from './counted.ts'
import { median } from './processes.ts'
import { bootAllocation, startTimedStorms, storm, wholeNumber } from './storms.ts'

const { values: options } = parseArgs({
  options: {
    against: { type: 'string' },
    /** The engine does not compile twice alike: so many processes of each. */
    starts: { type: 'string', default: '3' },
    pairs: { type: 'string', default: '9' },
    machines: { type: 'string', default: '500' },
  },
})
if (options.against === undefined) {
  console.error('side-by-side: give --against CHECKOUT, built')
  process.exit(2)
}
const [starts, pairs, machines] = [options.starts, options.pairs, options.machines].map(Number) as [
  number,
  number,
  number,
]
const WARM_UP = 4

interface Pair {
  readonly own: Storm
  readonly other: Storm
}

/** One process of each; who is first changes from pair to pair. */
const measurePairs = async (against: string): Promise<Pair[]> => {
  const own = await startTimedStorms('.', machines)
  const other = await startTimedStorms(against, machines)
  const found: Pair[] = []
  try {
    for (let n = -WARM_UP; n < pairs; n++) {
      const first = await storm(n % 2 === 0 ? own : other)
      const second = await storm(n % 2 === 0 ? other : own)
      if (n >= 0) found.push(n % 2 === 0 ? { own: first, other: second } : { own: second, other: first })
    }
    return found
  } finally {
    await endChild(own)
    await endChild(other)
  }
}

const row = (what: string, ...columns: readonly string[]): void =>
  console.log(what.padEnd(30) + columns.map(column => column.padStart(12)).join(''))

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))]!

/** Boots per second by one clock or the other, and the ratio within each pair. */
const tellRates = (what: string, all: readonly Pair[], secondsOf: (storm: Storm) => number): void => {
  const ratios = all.map(({ own, other }) => secondsOf(other) / secondsOf(own))
  const rate = (storms: readonly Storm[]): string => wholeNumber(machines / median(storms.map(secondsOf)))
  row(
    what,
    rate(all.map(({ own }) => own)),
    rate(all.map(({ other }) => other)),
    median(ratios).toFixed(3),
    `${quantile(ratios, 0.25).toFixed(3)}..${quantile(ratios, 0.75).toFixed(3)}`,
  )
}

const all: Pair[] = []
for (let start = 0; start < starts; start++) all.push(...(await measurePairs(options.against)))
const [own, other] = [await bootAllocation('.'), await bootAllocation(options.against)]

row(`${all.length} pairs of ${machines} boots`, 'this', 'other', 'ratio', 'half within')
tellRates('boots per second', all, ({ seconds }) => seconds)
tellRates('boots per second of CPU', all, ({ cpuSeconds }) => cpuSeconds)
const bytes = (what: string, mine: number, others: number): void =>
  row(what, wholeNumber(mine), wholeNumber(others), (mine / others).toFixed(3))
bytes('bytes per boot, heap', own.heap, other.heap)
bytes('bytes per boot, buffers', own.buffers, other.buffers)
bytes('frames per boot', all[0]!.own.frames / machines, all[0]!.other.frames / machines)
