/**
 * `bsdp-class-confusion` (BSDP-25): a PXE answer to a Mac, or a BSDP answer to a PXE client.
 */
import { NO_REPORTS, type Report, type Sentences } from '../../capture-rule.ts'
import { allOffers, isPxeOffer } from '../../conversations/conversation.ts'
import { showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ascending, listed } from '../../words.ts'
import { bsdpTest, serversOf, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-class-confusion',
  severity: 'error',
  meaning: 'BSDP-25: a PXE answer to a Mac, or a BSDP answer to a PXE client',
  origins: {
    capture: {
      holdsWhen: 'a PXE OFFER goes to a Mac, or a BSDP answer to a PXE client',
      isNot: 'one address that serves both, PXE to PXE clients and BSDP to Macs',
      remedy: 'use a responder that reads option 60',
    },
  },
} as const satisfies FindingMeta

export type ClassConfusion = { readonly servers: readonly string[]; readonly machine: 'PXE client' | 'Mac' }

export const test = bsdpTest((talk, boot, context) => {
  const toPc = boot.asks === 'pxe' && !talk.isMac ? [...talk.strays, ...[...talk.offers.values()].flat()] : []
  const toMac = boot.asks === 'bsdp' ? allOffers(boot).filter(isPxeOffer) : []
  if (toPc.length + toMac.length === 0) return NO_REPORTS
  const servers = ascending([...serversOf(toPc), ...toMac.map(({ server }) => server)])
  const report: Report<ClassConfusion> = {
    confidence: 'seen',
    servers,
    details: {
      servers: servers.map(context.names.server),
      machine: toPc.length > 0 ? 'PXE client' : 'Mac',
    },
    evidence: [
      ...toPc.map(answer => showAnswer(answer, context)),
      ...toMac.map(offer => showReply(offer, context)),
    ],
  }
  return [report]
})

export const sentences = ({ servers, machine }: ClassConfusion): Sentences => ({
  text:
    machine === 'PXE client'
      ? `${listed(servers)} answers a PXE client as if it were a Mac.`
      : `${listed(servers)} answers a Mac as if it were a PXE client.`,
  because:
    'PXE and BSDP share ports and option 43; only the class identifier (60) tells them apart, and this responder ignores it.',
  remedy: `Correct or replace the responder on ${listed(servers)}: PXE answers belong to PXEClient, BSDP answers to AAPLBSDPC.`,
})
