/**
 * A capture held against the run of the scenario that was made of it, machine by machine and fact by fact. Does not run.
 */
import { type Mac, formatMac } from '../core/address.ts'
import { type Micros, SECOND, toSeconds } from '../core/micros.ts'
import { type MachineFacts, factsOf } from './facts.ts'
import type { Hearing } from './hearing.ts'
import type { Story } from './story.ts'

/** Facts that are compared, in the order in which they are told. */
export const FACTS = [
  'winner',
  'lease',
  'leaseFrom',
  'file',
  'outcome',
  'asked',
  'files',
  'kinds',
  'time',
] as const
export type Fact = (typeof FACTS)[number]

export interface ImportDifference {
  readonly fact: Fact
  readonly captured: string
  readonly imported: string
}

export interface ImportedMachine {
  readonly name: string
  readonly mac: string
  readonly firmware: string
  readonly profile: string
  /** `all`, or what of its answers it evidently did not hear. */
  readonly hearing: Hearing
  /** None: it did in the run what it did in the capture. */
  readonly differences: readonly ImportDifference[]
  /** What the capture shows. */
  readonly facts: CapturedFacts
}

export interface CapturedFacts extends Omit<MachineFacts, 'span' | 'kinds'> {
  readonly seconds: number
}

/** Of how long a machine took, so much may be another draw of its firmware. */
const TOLERANCE = 0.25
const LEAST_TOLERANCE: Micros = 1.5 * SECOND

export const differencesOf = (captured: Story, imported: Story | undefined): ImportDifference[] => {
  const before = factsOf(captured)
  if (!imported) return [{ fact: 'outcome', captured: before.outcome, imported: 'it asked nothing' }]
  const after = factsOf(imported)
  const found: ImportDifference[] = []
  for (const fact of FACTS) {
    if (fact === 'time') {
      const allowed = Math.max(LEAST_TOLERANCE, before.span * TOLERANCE)
      if (Math.abs(before.span - after.span) > allowed)
        found.push({ fact, captured: `${toSeconds(before.span)} s`, imported: `${toSeconds(after.span)} s` })
      continue
    }
    const [a, b] = [textOf(before[fact]), textOf(after[fact])]
    if (a !== b) found.push({ fact, captured: a, imported: b })
  }
  return found
}

const textOf = (value: MachineFacts[Exclude<Fact, 'time'>]): string =>
  value === null ? 'none' : typeof value === 'string' ? value : value.join(', ')

export const capturedFacts = (story: Story): CapturedFacts => {
  const { span, kinds: _, ...facts } = factsOf(story)
  return { ...facts, seconds: toSeconds(span) }
}

/** How much two machines differ: the facts that come first weigh most. */
export const weightOf = (differences: readonly ImportDifference[]): number =>
  differences.reduce((sum, { fact }) => sum + 2 ** (FACTS.length - FACTS.indexOf(fact)), 0)

export const byMac = (stories: readonly Story[]): ReadonlyMap<Mac, Story> =>
  new Map(stories.map(story => [story.machine.mac, story]))

export const macText = formatMac
