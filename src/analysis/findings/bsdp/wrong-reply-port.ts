/**
 * `bsdp-wrong-reply-port` (BSDP-11): an answer to another port than the Mac asked for.
 */
import type { Report, Sentences } from '../../capture-rule.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { answersIn, bsdpTest, showAnswer, showRound } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-wrong-reply-port',
  severity: 'error',
  meaning: 'BSDP-11: an answer to a port other than the Mac asked for',
  origins: {
    capture: {
      holdsWhen: 'an answer goes to a port other than that of sub-option 5 (68 if absent)',
      remedy: 'replace the responder',
    },
  },
} as const satisfies FindingMeta

export type WrongReplyPort = { readonly server: string; readonly port: number; readonly wanted: number }

const CLIENT_PORT = 68

export const test = bsdpTest((talk, boot, context) =>
  answersIn(talk).flatMap(({ round, answer }): Report<WrongReplyPort>[] => {
    const wanted = round.replyPort ?? CLIENT_PORT
    if (answer.port === wanted) return []
    return [
      {
        confidence: 'seen',
        servers: [answer.server],
        details: { server: context.names.server(answer.server), port: answer.port, wanted },
        evidence: [showRound(round, boot, context), showAnswer(answer, context)],
      },
    ]
  }),
)

export const sentences = ({ server, port, wanted }: WrongReplyPort): Sentences => ({
  text: `${server} answers to port ${port}, but the Mac asked for port ${wanted}.`,
  because: 'The reply port (sub-option 5, else 68) decides, not the source port of the request.',
  remedy: `Correct or replace the BSDP responder on ${server}.`,
})
