/**
 * `bsdp-loaded-elsewhere` (BSDP-18): the Mac loads from another server than it selected, or another file.
 */
import { NO_REPORTS, type Report, type Sentences } from '../../capture-rule.ts'
import { evidence } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { quoted, sameFile } from '../../words.ts'
import { acceptedAnswer, transfersAfter } from './accepted-answer.ts'
import { bsdpTest, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-loaded-elsewhere',
  severity: 'error',
  meaning: 'BSDP-18: the Mac loads from another server than it selected',
  origins: {
    capture: {
      holdsWhen: 'the first file, or the server it is loaded from, differs from the accepted answer',
      remedy: 'find the other server that answers, and stop it',
    },
  },
  consequences: [{ of: 'bsdp-answer-for-another', share: ['clients', 'servers'] }],
} as const satisfies FindingMeta

export type LoadedElsewhere = {
  readonly selected: { readonly server: string; readonly file: string }
  readonly loaded: { readonly server: string; readonly file: string }
}

export const test = bsdpTest((talk, boot, context) => {
  const accepted = acceptedAnswer(talk)
  const transfer = accepted && transfersAfter(boot, accepted.answer)[0]
  if (!accepted || !transfer) return NO_REPORTS
  const { answer } = accepted
  const elsewhere = transfer.server !== answer.siaddr && transfer.server !== answer.server
  const other = answer.file !== '' && !sameFile(transfer.file, answer.file)
  if (!elsewhere && !other) return NO_REPORTS
  const { server: name } = context.names
  const report: Report<LoadedElsewhere> = {
    confidence: 'seen',
    servers: [answer.server, transfer.server],
    details: {
      selected: { server: name(answer.server), file: answer.file },
      loaded: { server: name(transfer.server), file: transfer.file },
    },
    evidence: [
      showAnswer(answer, context),
      evidence(transfer.seen, `TFTP request to ${name(transfer.server)}`),
    ],
  }
  return [report]
})

export const sentences = ({ selected, loaded }: LoadedElsewhere): Sentences => ({
  text: `the machine loads ${quoted(loaded.file)} from ${loaded.server}, although ${selected.server} had given it ${quoted(selected.file)}.`,
  because: 'It followed an answer from a server that it had not selected.',
  remedy: 'Find the other server that answers the SELECT of this machine, and stop it.',
})
