/**
 * Answers that a capture shows and that their machine evidently did not hear: it asked the same again, or went on with
 * others. Which they were cannot be seen, so there are several ways to take it. Does not decide which is right.
 */
import { type Ip4 } from '../core/address.ts'
import { messageType, serverIdentifier } from '../wire/dhcp/options.ts'
import type { Question, Story } from './story.ts'

/**
 * `all` were heard; of a question that was repeated `none`; besides, of one that was not, only those of servers that the
 * machine turned to (`chosen`); or nothing at all (`deaf`).
 */
export const HEARINGS = ['all', 'unrepeated', 'chosen', 'unrepeatedChosen', 'deaf'] as const
export type Hearing = (typeof HEARINGS)[number]

export const heardBy = (story: Story, hearing: Hearing): Story => {
  if (hearing === 'all') return story
  const turnedTo = serversAsked(story)
  const questions = story.questions.map((question, at): Question => {
    const isRepeated = isSameAgain(question, story.questions[at + 1])
    const answers = question.answers.filter(({ server, seen }) => {
      if (hearing === 'deaf') return false
      if (isRepeated && hearing !== 'chosen') return false
      const named = serverIdentifier(seen.message)
      const isChosen = turnedTo.has(server) || (named !== undefined && turnedTo.has(named))
      return hearing === 'unrepeated' || isChosen
    })
    return { ...question, answers }
  })
  return { ...story, questions }
}

const isSameAgain = ({ seen, on4011 }: Question, next: Question | undefined): boolean =>
  next !== undefined && next.on4011 === on4011 && messageType(next.seen.message) === messageType(seen.message)

const serversAsked = ({ questions, machine }: Story): ReadonlySet<Ip4> => {
  const asked = new Set<Ip4>()
  for (const { seen, on4011 } of questions) {
    const named = serverIdentifier(seen.message)
    if (named !== undefined) asked.add(named)
    if (on4011) asked.add(seen.target)
  }
  for (const { transfers } of machine.boots) for (const { server } of transfers) asked.add(server)
  return asked
}
