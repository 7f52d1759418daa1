/**
 * The plan of a sweep: which scenario variations are run with which seeds, in which order and under which number.
 * A run has the same number in every shard and at every start, so results of many machines fit together. Does not
 * run anything, and does not know whether a path or a value means something to the scenario.
 */
import { MILLISECOND, type Micros, SECOND } from '../../core/micros.ts'
import type { Override } from '../../scenario/overrides.ts'
import { type Parsed, parsed, wrong } from '../../document/quantities.ts'

/** `--vary path=values`. */
export interface Variation {
  readonly path: string
  /** As they would be written after `--set path=`. */
  readonly values: readonly string[]
}

export interface SweepPlan {
  /** Both included. */
  readonly seeds: { readonly first: number; readonly last: number }
  readonly vary: readonly Variation[]
  /** Number `index` (from 1) of `of` machines that share the work. */
  readonly shard: { readonly index: number; readonly of: number }
}

export interface PlannedRun {
  /** From 0, over all shards. */
  readonly run: number
  readonly seed: number
  /** From 0: a combination of varied values. */
  readonly cell: number
}

/** Values of one varied parameter. */
const MAX_VALUES = 1_000
/** Combinations of varied values: each is checked before the first run, which takes two milliseconds. */
const MAX_CELLS = 10_000
/** Runs of a plan, all shards together: beyond it, numbers in the summary would no longer be exact. */
const MAX_RUNS = 1_000_000_000

// The order of runs: all seeds of the first cell, then of the second; the last parameter changes fastest.

export const cellCount = (plan: SweepPlan): number =>
  plan.vary.reduce((product, { values }) => product * values.length, 1)

export const seedCount = ({ seeds }: SweepPlan): number => seeds.last - seeds.first + 1

export const runCount = (plan: SweepPlan): number => cellCount(plan) * seedCount(plan)

/** Runs of this shard: those whose number leaves the rest `index - 1`. */
export const shardRunCount = (plan: SweepPlan): number =>
  Math.max(0, Math.ceil((runCount(plan) - (plan.shard.index - 1)) / plan.shard.of))

/** The run at a place of the shard's own order, from 0. */
export const runAt = (plan: SweepPlan, position: number): PlannedRun => {
  const run = plan.shard.index - 1 + position * plan.shard.of
  const seeds = seedCount(plan)
  return { run, seed: plan.seeds.first + (run % seeds), cell: Math.floor(run / seeds) }
}

export const cellValues = (plan: SweepPlan, cell: number): Override[] => {
  let rest = cell
  return plan.vary
    .toReversed()
    .map(({ path, values }): Override => {
      const value = values[rest % values.length]!
      rest = Math.floor(rest / values.length)
      return [path, value]
    })
    .toReversed()
}

/** What is wrong with the plan as a whole. */
export const planMistake = (plan: SweepPlan): string | undefined => {
  const twice = plan.vary.find(({ path }, index) => plan.vary.findIndex(v => v.path === path) !== index)
  if (twice) return `--vary ${twice.path}: named twice; give all its values at once, separated by commas`
  const cells = cellCount(plan)
  if (cells > MAX_CELLS) return `--vary: ${cells} combinations are more than the ${MAX_CELLS} of one sweep`
  if (runCount(plan) > MAX_RUNS) return `${runCount(plan)} runs are more than the ${MAX_RUNS} of one sweep`
  return undefined
}

// What people write on the command line.

const WHOLE = /^\d{1,15}$/

/** `1000` (seeds 1 … 1000), or `11..20`. */
export const parseSeeds = (text: string): Parsed<SweepPlan['seeds']> => {
  const ends = text.split('..').map(end => end.trim())
  if (ends.length > 2 || !ends.every(end => WHOLE.test(end)))
    return wrong(`"${text}" is neither a number of seeds such as 1000 nor a range such as 11..20`)
  const [first, last] = ends.length === 1 ? [1, Number(ends[0])] : [Number(ends[0]), Number(ends[1])]
  if (last < first)
    return ends.length === 1
      ? wrong('a sweep needs at least one seed', '1')
      : wrong('the range is reversed', `${last}..${first}`)
  return parsed({ first, last })
}

/** `2/8`. */
export const parseShard = (text: string): Parsed<SweepPlan['shard']> => {
  const parts = text.split('/')
  if (parts.length !== 2 || !parts.every(part => WHOLE.test(part)))
    return wrong(`"${text}" is not a shard; write it as 1/4, the first of four`)
  const [index, of] = parts.map(Number) as [number, number]
  if (index < 1 || index > of) return wrong(`shards of ${of} are numbered 1/${of} to ${of}/${of}`)
  return parsed({ index, of })
}

/** `clients.pc.count=5,10,20`, `servers.nbs-b.responseDelay=0ms..10ms/11`, or both kinds mixed. */
export const parseVariation = (text: string): Parsed<Variation> => {
  const at = text.indexOf('=')
  if (at <= 0)
    return wrong('write it as path=values, such as clients.pc.count=5,10 or clients.pc.powerOn=0s..10s/11')
  const values: string[] = []
  for (const part of splitValues(text.slice(at + 1))) {
    if (part === '') return wrong('a value is empty; ~ stands for "without the field"')
    const ends = /^(.+)\.\.(.+)\/(\d+)$/.exec(part)
    const some = ends ? spaced(ends[1]!.trim(), ends[2]!.trim(), Number(ends[3])) : parsed([part])
    if (!some.ok) return some
    values.push(...some.value)
  }
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined) return wrong(`the value ${twice} comes twice`)
  if (values.length > MAX_VALUES) return wrong(`more than ${MAX_VALUES} values`)
  return parsed({ path: text.slice(0, at).trim(), values })
}

/** At commas that are not inside quotes or brackets: a value may be a list or a map. */
const splitValues = (text: string): string[] => {
  const parts: string[] = []
  let [from, depth, quote] = [0, 0, '']
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '[' || char === '{') depth++
    else if (char === ']' || char === '}') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(from, at).trim())
      from = at + 1
    }
  }
  return [...parts, text.slice(from).trim()]
}

/** Units by size, so that ends of different units meet in the smaller one. */
const DURATION_UNITS: readonly (readonly [unit: string, size: Micros])[] = [
  ['us', 1],
  ['ms', MILLISECOND],
  ['s', SECOND],
]
const sizeOf = (unit: string): Micros | undefined => DURATION_UNITS.find(([name]) => name === unit)?.[1]

/** `count` values from `low` to `high`, both included. */
const spaced = (low: string, high: string, count: number): Parsed<string[]> => {
  const ends = [low, high].map(end => /^(\d+(?:\.\d+)?)(us|ms|s|%)?$/.exec(end))
  const [first, last] = ends
  if (!first || !last)
    return wrong(`${low}..${high}/${count}: both ends are numbers with a unit, such as 0ms..10ms/11`)
  if (count < 2 || count > MAX_VALUES)
    return wrong(`${low}..${high}/${count}: the number of values lies between 2 and ${MAX_VALUES}`)
  const [lowUnit, highUnit] = [first[2] ?? '', last[2] ?? '']
  const [lowSize, highSize] = [sizeOf(lowUnit), sizeOf(highUnit)]
  if (lowUnit !== highUnit && (lowSize === undefined || highSize === undefined))
    return wrong(
      `${low}..${high}/${count}: both ends need the same unit`,
      `${first[1]}${highUnit}..${high}/${count}`,
    )
  const unit = (lowSize ?? 1) <= (highSize ?? 1) ? lowUnit : highUnit
  const size = sizeOf(unit)
  const [from, to] = [first, last].map(([, digits], index) => {
    const own = index === 0 ? lowSize : highSize
    return Number(digits) * ((own ?? 1) / (size ?? 1))
  }) as [number, number]
  if (from >= to) return wrong(`${low}..${high}/${count}: the range is reversed`, `${high}..${low}/${count}`)
  const values = Array.from({ length: count }, (_, step) => {
    const value = from + ((to - from) * step) / (count - 1)
    // Times are whole microseconds; other numbers lose the dust of binary fractions.
    const tidy = size === undefined ? Number(value.toPrecision(9)) : Math.round(value * size) / size
    return `${tidy}${unit}`
  })
  return parsed(values)
}
