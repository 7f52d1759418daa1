/**
 * `bsdp-claims-everyone` (BSDP-27): a server claims Macs that never selected it.
 */
import type { Ip4 } from '../../../core/address.ts'
import type { Report, Sentences } from '../../capture-rule.ts'
import { type BsdpAnswer, roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { bsdpTest, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-claims-everyone',
  severity: 'info',
  meaning: 'BSDP-27: a server claims Macs that never selected it',
  origins: {
    capture: {
      holdsWhen:
        'a server tells three Macs or more that they are bound to it, and the capture does not show them selecting it',
      confidence: '`possible`',
      remedy: 'check whether the server is meant to serve every Mac',
    },
  },
} as const satisfies FindingMeta

export type ClaimsEveryone = { readonly server: string; readonly claimed: number }

/** Fewer Macs may have been bound before the capture began. */
const MANY = 3

export const test = bsdpTest((talk, _boot, context, servers) => {
  const claimants = new Map<Ip4, BsdpAnswer>()
  for (const round of roundsOf(talk, 'list'))
    for (const answer of round.answers)
      if (answer.content.selectedImage !== undefined) claimants.set(answer.server, answer)
  return [...claimants.values()].flatMap((answer): Report<ClaimsEveryone>[] => {
    const claimed = servers.of(answer.server)?.claimed.size ?? 0
    if (claimed < MANY) return []
    return [
      {
        confidence: 'possible',
        servers: [answer.server],
        details: { server: context.names.server(answer.server), claimed },
        evidence: [showAnswer(answer, context)],
      },
    ]
  })
})

export const sentences = ({ server }: ClaimsEveryone): Sentences => ({
  text: `${server} tells machines that they are bound to it although they were not seen selecting it.`,
  because:
    'A server with one fixed answer includes a selected image for every Mac, and so takes Macs away from servers that share the load. A capture that began late looks the same.',
  remedy: `Check whether ${server} is meant to serve every Mac.`,
})
