/**
 * `bsdp-answer-for-another` (BSDP-2): a server answers a SELECT that names another one.
 */
import type { Report, Sentences } from '../../capture-rule.ts'
import { roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { listed } from '../../words.ts'
import { bsdpTest, namesOf, serversOf, showAnswer, showRound } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-answer-for-another',
  severity: 'error',
  meaning: 'BSDP-2: a server answers a SELECT that names another server',
  origins: {
    capture: {
      holdsWhen: 'a server answers a SELECT that names another server',
      remedy: 'replace the responder, which ignores sub-option 3',
    },
  },
} as const satisfies FindingMeta

export type AnswerForAnother = { readonly answering: readonly string[]; readonly selected: string }

export const test = bsdpTest((talk, boot, context) =>
  roundsOf(talk, 'select').flatMap((round): Report<AnswerForAnother>[] => {
    const { server } = round
    if (server === undefined) return []
    const intruders = round.answers.filter(answer => answer.server !== server)
    if (intruders.length === 0) return []
    return [
      {
        confidence: 'seen',
        servers: [...serversOf(intruders), server],
        details: { answering: namesOf(intruders, context), selected: context.names.server(server) },
        evidence: [
          showRound(round, boot, context),
          ...round.answers.map(answer => showAnswer(answer, context)),
        ],
      },
    ]
  }),
)

export const sentences = ({ answering, selected }: AnswerForAnother): Sentences => ({
  text: `${listed(answering)} answers a SELECT that names ${selected}.`,
  because:
    'A SELECT is broadcast and names one server (sub-option 3); the others must drop their records and stay silent. A Mac that does not check the sender boots from the server that answers first.',
  remedy: `Replace or correct the BSDP responder on ${listed(answering)}: it ignores the server identifier.`,
})
