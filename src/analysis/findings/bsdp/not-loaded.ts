/**
 * `bsdp-not-loaded` (BSDP-19): the Mac does not load what it was told to, as far as the TFTP rules do not tell why.
 */
import { type Micros, SECOND } from '../../../core/micros.ts'
import { NO_REPORTS, type Report, type Sentences } from '../../capture-rule.ts'
import { isOver } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { acceptedAnswer, transfersAfter } from './accepted-answer.ts'
import { bsdpTest, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-not-loaded',
  severity: 'error',
  meaning: 'BSDP-19: the Mac does not load the file it was sent',
  origins: {
    capture: {
      holdsWhen: 'an answer was accepted, and no TFTP request follows within ten seconds',
      isNot: 'a running system, which selects an image and restarts later',
      confidence: '`inferred`',
      remedy: 'compare the answer with what the model supports',
    },
  },
} as const satisfies FindingMeta

export type NotLoaded = { readonly server: string }

const PATIENCE: Micros = 10 * SECOND

export const test = bsdpTest((talk, boot, context) => {
  const accepted = acceptedAnswer(talk)
  if (!accepted || accepted.inSystem || !context.showsUnicasts(boot.segment)) return NO_REPORTS
  if (boot.address === undefined) return NO_REPORTS // TFTP of it could not be told from that of others
  const { answer } = accepted
  if (boot.arps.get(answer.siaddr)?.answered === false) return NO_REPORTS // told as an unreachable TFTP server
  if (transfersAfter(boot, answer).length > 0 || !isOver(boot, context, answer.seen.at, PATIENCE))
    return NO_REPORTS
  const report: Report<NotLoaded> = {
    confidence: 'inferred',
    servers: [answer.server],
    details: { server: context.names.server(answer.server) },
    evidence: [showAnswer(answer, context)],
  }
  return [report]
})

export const sentences = ({ server }: NotLoaded): Sentences => ({
  text: `${server} named the boot file, but the machine does not request it.`,
  because: 'The answer did not arrive, was not understood, or names nothing to load.',
  remedy: `Compare the answer of ${server} with what this model supports.`,
})
