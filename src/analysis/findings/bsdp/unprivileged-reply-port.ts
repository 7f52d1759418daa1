/**
 * `bsdp-unprivileged-reply-port` (BSDP-12): a reply port that servers ignore.
 */
import { NO_REPORTS, type Report, type Sentences } from '../../capture-rule.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { bsdpTest, showRound } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-unprivileged-reply-port',
  severity: 'warning',
  meaning: 'BSDP-12: a reply port that servers ignore',
  origins: {
    capture: {
      holdsWhen: 'a request asks for its answer on port 1024 or above',
      remedy: 'run the tool with permission to open a privileged port',
    },
  },
} as const satisfies FindingMeta

export type UnprivilegedReplyPort = { readonly port: number }

const FIRST_UNPRIVILEGED = 1024

export const test = bsdpTest((talk, boot, context) => {
  const round = talk.rounds.find(({ replyPort = 0 }) => replyPort >= FIRST_UNPRIVILEGED)
  if (round?.replyPort === undefined) return NO_REPORTS
  const report: Report<UnprivilegedReplyPort> = {
    confidence: 'seen',
    servers: [],
    details: { port: round.replyPort },
    evidence: [showRound(round, boot, context)],
  }
  return [report]
})

export const sentences = ({ port }: UnprivilegedReplyPort): Sentences => ({
  text: `the machine asks for answers on port ${port}, which servers ignore.`,
  because: 'A reply port (sub-option 5) must be below 1024; Apple’s servers do not answer to other ports.',
  remedy: 'Run the tool with permission to open a privileged port.',
})
