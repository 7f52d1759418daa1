/**
 * What the rules about single TFTP transfers share: who is concerned, whether a failure mattered, and how a transfer
 * is shown. Finds nothing itself.
 */
import type { Ip4 } from '../../../core/address.ts'
import { TFTP_ERROR } from '../../../wire/tftp/packet.ts'
import type { Evidence, RuleContext } from '../../capture-rule.ts'
import type { Boot } from '../../conversations/conversation.ts'
import { type Transfer, gotFile } from '../../conversations/transfer.ts'
import { evidence } from '../../evidence.ts'
import { ascending, quoted, sameFile } from '../../words.ts'
import { namingFile } from '../boot-file/naming.ts'

/** The server itself, and whoever named the file there. */
export const serversOf = (boot: Boot, transfer: Transfer): Ip4[] =>
  ascending([
    transfer.server,
    ...namingFile(boot, transfer.file)
      .filter(reply => reply.tftpServer === transfer.server)
      .map(reply => reply.server),
  ])

/** The same file arrived after all, from any server. */
export const wasMadeGood = (boot: Boot, transfer: Transfer): boolean =>
  boot.transfers.some(
    other =>
      other !== transfer &&
      other.seen.at >= transfer.seen.at &&
      sameFile(other.file, transfer.file) &&
      gotFile(other),
  )

export const isNotFound = ({ end }: Transfer): boolean =>
  end?.kind === 'serverError' &&
  (end.code === TFTP_ERROR.fileNotFound || /not found|no such file/i.test(end.text))

export const showRequest = (transfer: Transfer, context: RuleContext): Evidence =>
  evidence(
    transfer.seen,
    `TFTP request for ${quoted(transfer.file)} to ${context.names.server(transfer.server)}${transfer.requests > 1 ? `, ${transfer.requests} tries` : ''}`,
  )

export const showEnd = ({ end, server }: Transfer, context: RuleContext): Evidence[] => {
  if (end?.kind !== 'serverError' && end?.kind !== 'clientError') return []
  const sender = end.kind === 'serverError' ? context.names.server(server) : 'the client'
  return [evidence(end.seen, `TFTP ERROR ${end.code} from ${sender}: ${quoted(end.text)}`)]
}
