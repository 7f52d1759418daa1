/**
 * Which firmware a machine may have: what it sent is held against the habits of all that nbs-lab models. Candidates come
 * ranked, the likeliest first. Does not try them.
 */
import { OTHER } from '../analysis/clients/index.ts'
import { type Micros, SECOND } from '../core/micros.ts'
import { type ArchitectureName, architectureName, clientArchitecture } from '../wire/pxe/client.ts'
import { type Habit, habits, printOf } from './habits.ts'
import type { Story } from './story.ts'

export interface Candidate {
  readonly family: string
  readonly profile: string
  readonly arch: ArchitectureName
  /** Of its first question that was seen, after power-on. */
  readonly firstAt: Micros
  /** Questions before that one, which nothing that was captured has carried. */
  readonly unseen: number
  /** `same`: it would send these very options; `kind`: the observer calls both the same; else a guess. */
  readonly likeness: 'same' | 'kind' | 'guess'
}

/** By its first question, by what firmware the observer took it for, and by when it asked again. */
export const candidatesFor = (story: Story): Candidate[] => {
  const { message } = story.questions[0]!.seen
  const kind = story.machine.boots.find(({ firmware }) => firmware !== OTHER)?.firmware.name ?? OTHER.name
  const print = printOf(message)
  const same = habits().filter(habit => habit.print === print)
  if (same.length > 0) return ranked(same, story, 'same')
  const number = clientArchitecture(message)
  const arch = number === undefined ? undefined : architectureName(number)
  const ofKind = habits().filter(habit => habit.kind === kind || (kind === 'UEFI' && habit.family === 'edk2'))
  const fitting = ofKind.filter(habit => arch === undefined || habit.arch === arch)
  const likely = fitting.length > 0 ? fitting : ofKind
  if (likely.length > 0) return ranked(likely, story, 'kind')
  const usual = habits().filter(habit => habit.family === 'edk2' && habit.arch === (arch ?? 'x64-uefi'))
  return ranked(usual.length > 0 ? usual : habits().slice(0, 1), story, 'guess')
}

/** Those first that would have asked again when it did, while nobody answered. */
const ranked = (
  list: readonly Habit[],
  { questions }: Story,
  likeness: Candidate['likeness'],
): Candidate[] => {
  const first = questions[0]!
  const upTo = questions.findIndex(({ answers }) => answers.length > 0)
  const silent = questions.slice(0, upTo < 0 ? questions.length : upTo + 1)
  const waits = silent.slice(1).map(({ at }) => at - first.at)
  return list
    .map((habit, index) => {
      const unseen = unseenBefore(habit, first.seen.message.secs)
      const { at } = habit.asks[unseen]!
      const schedule = habit.asks.slice(unseen + 1).map(ask => ask.at - at)
      const missed = waits.filter(wait => !schedule.some(due => isNear(due, wait))).length
      const { family, profile, arch } = habit
      return { candidate: { family, profile, arch, firstAt: at, unseen, likeness }, index, missed }
    })
    .sort((a, b) => a.missed - b.missed || a.index - b.index)
    .map(({ candidate }) => candidate)
}

const isNear = (due: Micros, wait: Micros): boolean => Math.abs(due - wait) < wait / 6 + SECOND / 4

/** A machine whose first packet says that it has waited has asked before, and the link was not up. */
const unseenBefore = ({ asks }: Habit, secs: number): number => {
  if (secs === asks[0]!.secs) return 0
  const found = asks.findIndex(ask => Math.abs(ask.secs - secs) <= 1 && ask.secs > asks[0]!.secs)
  return Math.max(0, found)
}
