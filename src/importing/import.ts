/**
 * From what was seen to a scenario that does the same: drafted, run, compared, and drafted anew with other firmware for
 * the machines that did otherwise, until it agrees or there is nothing left to try. Reads no files and writes none.
 */
import { type Mac, isGroupMac } from '../core/address.ts'
import type { TraceEvent } from '../core/trace.ts'
import type { Scenario } from '../scenario/model.ts'
import type { RunResult } from '../simulation/result.ts'
import {
  type ImportDifference,
  type ImportedMachine,
  byMac,
  capturedFacts,
  differencesOf,
  macText,
  weightOf,
} from './check.ts'
import { type Draft, draftOf } from './draft.ts'
import { type Candidate, candidatesFor } from './fingerprints.ts'
import { HEARINGS, type Hearing, heardBy } from './hearing.ts'
import type { RelayingInterface } from './router-config.ts'
import { Seen } from './seen.ts'
import { type Story, storyOf } from './story.ts'
import { yamlOf } from './yaml.ts'

export interface ImportSurroundings {
  /** Runs a scenario in virtual time. Throws what is wrong with its text. */
  readonly run: (yaml: string) => {
    readonly scenario: Scenario
    readonly result: RunResult
    readonly trace: readonly TraceEvent[]
  }
}

export interface ImportSettings {
  readonly title: string
  /** Interfaces of routers, from their configurations. */
  readonly routers?: readonly RelayingInterface[]
  /** Ways that are tried for machines which do not do as they did; default: all. */
  readonly tries?: number
}

export interface Imported {
  readonly yaml: string
  readonly machines: readonly ImportedMachine[]
  readonly result: RunResult
  readonly trace: readonly TraceEvent[]
  readonly draft: Draft
  /** What each machine is taken to have heard. */
  readonly stories: readonly Story[]
}

/** Ways that are tried for a machine which does not do as it did. */
const MAX_TRIES = 24
/** Firmware that is tried with other hearing. */
const MAX_HARD_OF_HEARING = 3
/** Machines that are tried at a time; of more of one kind, the others do as these. */
const MAX_TRIED = 128

/** What a machine is taken to be, and to have heard. */
interface Choice {
  readonly candidate: Candidate
  readonly hearing: Hearing
}

export const storiesIn = (seen: Seen): Story[] =>
  [...seen.machines.values()]
    .filter(({ mac }) => mac !== 0 && !isGroupMac(mac))
    .flatMap(machine => storyOf(machine) ?? [])
    .sort((a, b) => a.questions[0]!.at - b.questions[0]!.at)

export const importSeen = (
  seen: Seen,
  { title, routers = [], tries = MAX_TRIES }: ImportSettings,
  surroundings: ImportSurroundings,
): Imported => {
  const stories = storiesIn(seen)
  const ways = new Map(stories.map(story => [story.machine.mac, waysFor(story)]))
  const chosen = new Map<Mac, Choice>([...ways].map(([mac, list]) => [mac, list[0]!]))
  const of = (list: readonly Story[], choices: ReadonlyMap<Mac, Choice>): Attempt =>
    attempt(seen, list, { title, routers }, choices, surroundings)
  let whole = of(stories, chosen)
  let changed = false
  const found = new Map(whole.whole)
  for (let turn = 1; turn < tries; turn++) {
    const wrong = stories
      .filter(({ machine: { mac } }) => found.get(mac)!.length > 0 && ways.get(mac)!.length > turn)
      .slice(0, MAX_TRIED)
    if (wrong.length === 0) break
    const other = new Map(wrong.map(({ machine: { mac } }) => [mac, ways.get(mac)![turn]!]))
    const tried = of(wrong, other)
    for (const { machine } of wrong) {
      const { mac } = machine
      if (weightOf(tried.whole.get(mac)!) >= weightOf(found.get(mac)!)) continue
      found.set(mac, tried.whole.get(mac)!)
      chosen.set(mac, other.get(mac)!)
      changed = true
    }
  }
  if (changed) whole = of(stories, chosen)
  const { draft, yaml, result, trace, differences } = whole
  return {
    yaml,
    result,
    trace,
    draft,
    stories: whole.stories,
    machines: stories.map(story => {
      const { mac } = story.machine
      const { candidate, hearing } = chosen.get(mac)!
      return {
        name: draft.names.get(mac)!,
        mac: macText(mac),
        firmware: candidate.family,
        profile: candidate.profile,
        hearing,
        differences: differences.get(mac)!,
        facts: capturedFacts(story),
      }
    }),
  }
}

const waysFor = (story: Story): Choice[] => {
  const candidates = candidatesFor(story)
  const hard = HEARINGS.slice(1).flatMap(hearing =>
    candidates.slice(0, MAX_HARD_OF_HEARING).map(candidate => ({ candidate, hearing })),
  )
  return [
    ...candidates
      .slice(0, MAX_TRIES - hard.length)
      .map(candidate => ({ candidate, hearing: 'all' as const })),
    ...hard,
  ]
}

interface Attempt {
  readonly draft: Draft
  readonly yaml: string
  readonly result: RunResult
  readonly trace: readonly TraceEvent[]
  readonly stories: readonly Story[]
  /** From what the machines are taken to have heard, and from all that the capture shows. */
  readonly differences: ReadonlyMap<Mac, readonly ImportDifference[]>
  readonly whole: ReadonlyMap<Mac, readonly ImportDifference[]>
}

const attempt = (
  seen: Seen,
  all: readonly Story[],
  settings: ImportSettings,
  choices: ReadonlyMap<Mac, Choice>,
  { run }: ImportSurroundings,
): Attempt => {
  const stories = all.map(story => heardBy(story, choices.get(story.machine.mac)!.hearing))
  const chosen = new Map([...choices].map(([mac, { candidate }]) => [mac, candidate]))
  const draft = draftOf(seen, stories, { ...settings, chosen })
  const yaml = yamlOf(draft)
  const { result, trace } = run(yaml)
  const again = byMac(storiesIn(seenIn(trace)))
  const held = (list: readonly Story[]) =>
    new Map(list.map(story => [story.machine.mac, differencesOf(story, again.get(story.machine.mac))]))
  return { draft, yaml, result, trace, stories, differences: held(stories), whole: held(all) }
}

/** The frames of a run, as a capture of all its subnets shows them. */
export const seenIn = (trace: readonly TraceEvent[]): Seen => {
  const seen = new Seen()
  for (const event of trace)
    if (event.kind === 'frame')
      seen.analyzer.add({ at: event.at, segment: event.segment, bytes: event.bytes })
  seen.analyzer.finish()
  return seen
}
