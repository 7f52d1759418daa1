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
        'the server answers with another ERROR than "file not found", or the client breaks off with ERROR 4 because it cannot use the answer',
      isNot: 'the size query that the client breaks off; a client that aborts',
      confidence: '`seen`; `inferred` for the client’s',
      remedy:
        'look at the rights of the file and at the log of the TFTP service; use a server that knows TFTP options',
    },
    probe: {
      holdsWhen: 'the download of a file that was offered ends with another error of the server',
      remedy: 'look at the server’s log, its root folder and the rights on the file',
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
      text: `${server} broke off ${quoted(file)} after ${plural(afterBytes, 'byte')} with ${answer}.`,
      because:
        'The server was sending the file already: it could not read on, ran into a limit, or gave the machine up because acknowledgements were missing.',
      remedy: `Look into the log of the TFTP service on ${server} at that time, and at the way between it and the machine.`,
    }
  return byClient
    ? {
        text: `the machine could not use what ${server} answered to its options, and broke off with ${answer}.`,
        because:
          'The server ignores or changes TFTP options (RFC 2347) in a way that this firmware does not accept.',
        remedy: `Use a TFTP server that knows tsize, blksize and windowsize on ${server}.`,
      }
    : {
        text: `${server} refused ${quoted(file)} with ${answer}.`,
        because:
          'The server has the name but will not serve it: access rights, a path outside its root, or a limit.',
        remedy: `Check the rights of the file and the log of the TFTP service on ${server}.`,
      }
}
