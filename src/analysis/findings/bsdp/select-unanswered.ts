/**
 * `bsdp-select-unanswered` (BSDP-17): the selected server does not answer.
 */
import type { Report, Sentences } from '../../capture-rule.ts'
import { type BsdpRound, roundsOf } from '../../conversations/bsdp-talk.ts'
import { isOver } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { bsdpTest, showRound } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-select-unanswered',
  severity: 'error',
  meaning: 'BSDP-17: the selected server does not answer',
  origins: {
    capture: {
      holdsWhen: 'the selected server answers none of the SELECTs that name it',
      confidence: '`inferred`; `possible` where unicasts are not visible',
      remedy: 'check that the service is running and receives the SELECT',
    },
  },
} as const satisfies FindingMeta

export type SelectUnanswered = { readonly server: string; readonly tries: number }

export const test = bsdpTest((talk, boot, context) => {
  const selects = roundsOf(talk, 'select')
  return selects.flatMap((round): Report<SelectUnanswered>[] => {
    const { server } = round
    const toServer = selects.filter(other => other.server === server)
    if (server === undefined || toServer.some(answersItself) || round !== toServer.at(-1)) return []
    const tries = toServer.reduce((sum, { count }) => sum + count, 0)
    if (tries < 2 && !isOver(boot, context, round.lastAt)) return []
    return [
      {
        confidence: context.showsUnicasts(boot.segment) ? 'inferred' : 'possible',
        servers: [server],
        details: { server: context.names.server(server), tries },
        evidence: [showRound(round, boot, context)],
      },
    ]
  })
})

const answersItself = ({ server, answers }: BsdpRound): boolean =>
  answers.some(answer => answer.server === server)

export const sentences = ({ server }: SelectUnanswered): Sentences => ({
  text: `${server} does not answer the SELECT for an image it listed.`,
  because: 'The server has stopped, does not receive the broadcast, or its answer is lost.',
  remedy: `Check that the BSDP service on ${server} is running and that SELECT broadcasts reach it.`,
})
