/**
 * `missing-boot-file`: the boot file that was named is not on the server.
 */
import {
  NO_REPORTS,
  type Report,
  type RuleContext,
  type RuleTest,
  type Sentences,
} from '../../capture-rule.ts'
import type { Boot } from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'
import { type Transfer, gotFile } from '../../conversations/transfer.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { quoted } from '../../words.ts'
import { namingFile } from '../boot-file/naming.ts'
import { judgedTransfers } from './judged.ts'
import { isNotFound, serversOf, showEnd, showRequest } from './transfers.ts'

export const meta = {
  id: 'missing-boot-file',
  severity: 'error',
  meaning: 'the boot file that was named is not on the server',
  origins: {
    capture: {
      severity: 'warning if no OFFER named the file',
      holdsWhen:
        'TFTP ERROR 1 (or its text) answers the request for a file named in an OFFER, or for the last file of a boot',
      isNot:
        'a file that was delivered in the end; files that loaders merely look for (`pxelinux.cfg/…`, `autoexec.ipxe`); phones and switches',
      confidence: '`seen`; `possible` if no OFFER named the file',
      remedy: 'distribute the image to that server, or correct the file name or the next server',
    },
    probe: {
      holdsWhen: 'the download of an offered file ends with "file not found"',
      remedy: 'put the file on that server, or correct the name in the OFFER',
    },
  },
} as const satisfies FindingMeta

export type MissingBootFile = {
  readonly server: string
  readonly file: string
  /** Whose offer named it there; absent if none was seen to. */
  readonly namedBy?: string
}

/** What is looked for and done well without: by later stages (I-15, U-7), by the Raspberry Pi (RPI-1). */
const PROBED =
  /(^|\/)(bootsig\.bin$|pxelinux\.cfg\/|autoexec\.ipxe$|grub[^/]*\.cfg|[^/]*\.cfg(-|$)|revocations\.efi$|[^/]*\.conf$)/

export const test: RuleTest<MissingBootFile> = (boot, context) => {
  for (const transfer of judgedTransfers(boot)) {
    if (!isNotFound(transfer)) continue
    const named = namingFile(boot, transfer.file)
    const isLast = boot.transfers.slice(boot.transfers.indexOf(transfer) + 1).every(later => !gotFile(later))
    if (named.length === 0 && (!isLast || PROBED.test(transfer.file.toLowerCase()))) continue
    return [reportOf(boot, transfer, named, context)]
  }
  return NO_REPORTS
}

const reportOf = (
  boot: Boot,
  transfer: Transfer,
  named: readonly Reply[],
  context: RuleContext,
): Report<MissingBootFile> => {
  const by =
    named.find(reply => reply.server === transfer.server) ??
    named.find(reply => reply.tftpServer === transfer.server) ??
    named[0]
  return {
    ...(by ? {} : { severity: 'warning' as const }),
    confidence: by ? 'seen' : 'possible',
    servers: serversOf(boot, transfer),
    details: {
      server: context.names.server(transfer.server),
      file: transfer.file,
      ...(by && { namedBy: context.names.server(by.server) }),
    },
    evidence: [showRequest(transfer, context), ...showEnd(transfer, context)],
  }
}

export const sentences = ({ server, file, namedBy }: MissingBootFile): Sentences => ({
  text: `${server} does not have ${quoted(file)}${sourceText(server, namedBy)}.`,
  because:
    'The image has not been distributed to this server or was removed from it, the name is wrong, or siaddr names the wrong server.',
  remedy: `Check that the image is distributed to ${server} (each Network Boot Service holds its own copy), or correct the boot file name and the next server.`,
})

const sourceText = (server: string, namedBy: string | undefined): string => {
  if (namedBy === undefined) return ''
  return namedBy === server ? ', which it named itself' : `, which ${namedBy} named`
}
