/**
 * `bsdp-double-binding` (BSDP-6, BSDP-7): several servers say that the Mac is bound to them.
 */
import type { Report, Sentences } from '../../capture-rule.ts'
import { roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { listed } from '../../words.ts'
import { bsdpTest, namesOf, serversOf, showAnswer, showRound } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-double-binding',
  severity: 'error',
  meaning: 'BSDP-6, BSDP-7: several servers claim that the Mac is bound to them',
  origins: {
    capture: {
      holdsWhen:
        'two servers claim in answers to one LIST, or in BSDP OFFERs for one DISCOVER, that the Mac is bound to them',
      remedy: 'clear the client records of all but one',
    },
  },
} as const satisfies FindingMeta

export type DoubleBinding = { readonly claimants: readonly string[] }

export const test = bsdpTest((talk, boot, context) => {
  const claims = [
    ...roundsOf(talk, 'list').map(round =>
      round.answers.filter(({ content }) => content.selectedImage !== undefined),
    ),
    ...talk.offers.values(),
  ]
  return claims.flatMap((claimants): Report<DoubleBinding>[] => {
    if (claimants.length < 2) return []
    const rounds = talk.rounds.filter(round => claimants.some(answer => round.answers.includes(answer)))
    return [
      {
        confidence: 'seen',
        servers: serversOf(claimants),
        details: { claimants: namesOf(claimants, context) },
        evidence: [
          ...rounds.map(round => showRound(round, boot, context)),
          ...claimants.map(answer => showAnswer(answer, context)),
        ],
      },
    ]
  })
})

export const sentences = ({ claimants }: DoubleBinding): Sentences => ({
  text: `${listed(claimants)} each claim that the machine is bound to them.`,
  because:
    'A server forgets a Mac when it receives the SELECT for another server. One of these servers was off or unreachable then, or ignores such SELECTs. Which of them the Mac follows is undefined: with BSDP OFFERs, the order of arrival decides.',
  remedy: `Clear the client records of all but one of ${listed(claimants)} (Apple: delete bsdpd_clients), and let the SELECTs of this subnet reach all of them.`,
})
