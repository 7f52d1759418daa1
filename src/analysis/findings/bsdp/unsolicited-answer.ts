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
      holdsWhen: 'a BSDP ACK matches no request',
      confidence: '`seen`; `possible` at the start of a capture',
      remedy: 'find out what is running on that host',
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
  text: `${listed(servers)} sends a BSDP answer that matches no request.`,
  because:
    'Macs accept an answer only with the transaction id of their request and drop all others. Some tools send lists unasked.',
  remedy: `Find out what is running on ${listed(servers)}.`,
})
