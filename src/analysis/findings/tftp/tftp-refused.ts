/**
 * `tftp-refused`: the TFTP server answered with an error, or with options that the machine could not use.
 */
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { TFTP_ERROR } from '../../../wire/tftp/packet.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { plural, quoted } from '../../words.ts'
import { judgedTransfers } from './judged.ts'
import { isNotFound, serversOf, showEnd, showRequest } from './transfers.ts'

export const meta = {
  id: 'tftp-refused',
  severity: 'error',
  meaning: 'the TFTP server answered with an error',
  origins: {
    capture: {
      holdsWhen:
        'the server answers with an ERROR other than "file not found", or the client aborts with ERROR 4 because it cannot use the answer',
      isNot: 'a size query, which the client ends itself; a client that aborts for another reason',
      confidence: '`seen`; `inferred` for an ERROR from the client',
      remedy:
        'check the permissions of the file and the log of the TFTP service; use a server that supports TFTP options',
    },
    probe: {
      holdsWhen: 'the download of an offered file ends with another ERROR from the server',
      remedy: 'check the log of the server, its root folder and the permissions of the file',
    },
  },
} as const satisfies FindingMeta

export type TftpRefused = {
  readonly server: string
  readonly file: string
  readonly error: { readonly code: number; readonly text: string }
  /** The error came in the middle of the file. */
  readonly afterBytes?: number
  /** The machine broke off, because of the options in the answer. */
  readonly byClient: boolean
}

export const test: RuleTest<TftpRefused> = (boot, context) => {
  for (const transfer of judgedTransfers(boot)) {
    const { end } = transfer
    if (end?.kind !== 'serverError' && end?.kind !== 'clientError') continue
    if (isNotFound(transfer)) continue
    const byClient = end.kind === 'clientError'
    // A client that breaks off for reasons of its own is no finding; one that cannot read the answer is (E-48).
    if (byClient && end.code !== TFTP_ERROR.illegalOperation) continue
    if (!byClient && end.code === TFTP_ERROR.unknownTid) continue
    return [
      {
        confidence: byClient ? 'inferred' : 'seen',
        servers: serversOf(boot, transfer),
        details: {
          server: context.names.server(transfer.server),
          file: transfer.file,
          error: { code: end.code, text: end.text },
          ...(transfer.bytes > 0 && { afterBytes: transfer.bytes }),
          byClient,
        },
        evidence: [showRequest(transfer, context), ...showEnd(transfer, context)],
      },
    ]
  }
  return NO_REPORTS
}

export const sentences = ({ server, file, error, afterBytes, byClient }: TftpRefused): Sentences => {
  const answer = `error ${error.code} (${quoted(error.text)})`
  if (afterBytes !== undefined && !byClient)
    return {
      text: `${server} aborted the transfer of ${quoted(file)} after ${plural(afterBytes, 'byte')} with ${answer}.`,
      because:
        'The server had already started to send the file: it could not read any further, reached a limit, or gave up because ACKs from the machine were missing.',
      remedy: `Check the log of the TFTP service on ${server} at that time, and the path between it and the machine.`,
    }
  return byClient
    ? {
        text: `the machine could not use the answer of ${server} to its TFTP options, and aborted with ${answer}.`,
        because:
          'The server ignores or changes TFTP options (RFC 2347) in a way that this firmware does not accept.',
        remedy: `Use a TFTP server on ${server} that supports tsize, blksize and windowsize.`,
      }
    : {
        text: `${server} refused ${quoted(file)} with ${answer}.`,
        because:
          'The server knows the file but does not serve it: permissions, a path outside its root folder, or a limit.',
        remedy: `Check the permissions of the file and the log of the TFTP service on ${server}.`,
      }
}
