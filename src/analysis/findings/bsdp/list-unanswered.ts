/**
 * `bsdp-list-unanswered` (BSDP-16): a Mac asks for images and nobody answers; over all tries, as each may have an xid of
 * its own.
 */
import { NO_REPORTS, type Report, type Sentences } from '../../capture-rule.ts'
import { roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { bsdpTest, showRound } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-list-unanswered',
  severity: 'warning',
  meaning: 'BSDP-16: a Mac asks for images, and no server answers',
  origins: {
    capture: {
      holdsWhen: 'two attempts or more are not answered at all',
      confidence: '`inferred`; `possible` where unicasts are not visible',
      remedy: 'check that images are enabled for the model and that the service is running',
    },
  },
  consequences: [{ of: 'bsdp-unprivileged-reply-port', share: ['clients'] }],
} as const satisfies FindingMeta

export type ListUnanswered = { readonly tries: number }

export const test = bsdpTest((talk, boot, context) => {
  const lists = roundsOf(talk, 'list')
  const [first] = lists
  const last = lists.at(-1)
  const tries = lists.reduce((sum, { count }) => sum + count, 0)
  if (!first || !last || tries < 2 || lists.some(({ answers }) => answers.length > 0)) return NO_REPORTS
  const report: Report<ListUnanswered> = {
    confidence: context.showsUnicasts(boot.segment) ? 'inferred' : 'possible',
    servers: [],
    details: { tries },
    evidence: [showRound(first, boot, context), showRound(last, boot, context)],
  }
  return [report]
})

export const sentences = (): Sentences => ({
  text: 'the machine asks for NetBoot images, and no server answers.',
  because:
    'Servers stay silent if they have no image for the model, machine or architecture, if a filter excludes the machine, if the version is unknown, or if the reply port is 1024 or above. Or there is no server, or a switch drops its answers.',
  remedy:
    'Check which images are enabled for this model and MAC address, and that the BSDP service is running and reachable.',
})
