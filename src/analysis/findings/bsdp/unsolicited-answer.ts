/**
 * `bsdp-unsolicited-answer` (BSDP-26): an answer without a request.
 */
import { NO_REPORTS, type Report, type Sentences } from '../../capture-rule.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ascending, listed } from '../../words.ts'
import { bsdpTest, serversOf, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-unsolicited-answer',
  severity: 'warning',
  meaning: 'BSDP-26: an answer without a request',
  origins: {
    capture: {
      holdsWhen: 'an ACK with BSDP answers no request',
      confidence: '`seen`; `possible` at the start of a capture',
      remedy: 'see what runs on that host',
    },
  },
} as const satisfies FindingMeta

export type UnsolicitedAnswer = { readonly servers: readonly string[] }

export const test = bsdpTest((talk, boot, context) => {
  if (talk.strays.length === 0 || (boot.asks === 'pxe' && !talk.isMac)) return NO_REPORTS
  const servers = ascending(serversOf(talk.strays))
  const report: Report<UnsolicitedAnswer> = {
    confidence: talk.rounds.length > 0 ? 'seen' : 'possible',
    servers,
    details: { servers: servers.map(context.names.server) },
    evidence: talk.strays.map(answer => showAnswer(answer, context)),
  }
  return [report]
})

export const sentences = ({ servers }: UnsolicitedAnswer): Sentences => ({
  text: `${listed(servers)} sends a BSDP answer to which there is no request.`,
  because:
    'Macs take an answer only with the transaction id of their request; others are lost. Some tools send lists unasked.',
  remedy: `See what runs on ${listed(servers)}.`,
})
