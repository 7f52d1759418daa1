/**
 * `bsdp-late-answer` (BSDP-30): an answer after Macs have chosen.
 */
import { type Micros, SECOND, formatSpan, fromSeconds, toSeconds } from '../../../core/micros.ts'
import type { Report, Sentences } from '../../capture-rule.ts'
import { roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { bsdpTest, showAnswer, showRound } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-late-answer',
  severity: 'warning',
  meaning: 'BSDP-30: an answer after Macs have chosen',
  origins: {
    capture: {
      holdsWhen: 'an answer comes more than four seconds after the first answer',
      remedy: 'find out why the server answers so late',
    },
  },
} as const satisfies FindingMeta

/** `lateSeconds` after the first answer. */
export type LateAnswer = { readonly server: string; readonly lateSeconds: number }

/** The longest that a Mac gathers. */
const GATHER: Micros = 4 * SECOND

export const test = bsdpTest((talk, boot, context) =>
  roundsOf(talk, 'list').flatMap((round): Report<LateAnswer>[] => {
    const [first] = round.answers
    return round.answers.flatMap((answer): Report<LateAnswer>[] => {
      const late = first ? answer.seen.at - first.seen.at : 0
      if (late <= GATHER) return []
      return [
        {
          confidence: 'seen',
          servers: [answer.server],
          details: { server: context.names.server(answer.server), lateSeconds: toSeconds(late) },
          evidence: [showRound(round, boot, context), showAnswer(answer, context)],
        },
      ]
    })
  }),
)

export const sentences = ({ server, lateSeconds }: LateAnswer): Sentences => ({
  text: `${server} answers ${formatSpan(fromSeconds(lateSeconds))} after the first server; by then Macs have made their choice.`,
  because: 'A Mac collects lists for two to four seconds after the first one.',
  remedy: `Find out why ${server} answers so late.`,
})
