/**
 * `boot-file-is-url`: a client that loads by TFTP is given a URL as its boot file.
 */
import {
  NO_REPORTS,
  type Report,
  type RuleContext,
  type RuleTest,
  type Sentences,
} from '../../capture-rule.ts'
import { type Boot, allOffers, isPxeOffer } from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'
import { type Transfer, gotFile } from '../../conversations/transfer.ts'
import { isOver, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ascending, listed, quoted } from '../../words.ts'
import { showEnd, showRequest } from '../tftp/transfers.ts'
import { naming } from './naming.ts'

export const meta = {
  id: 'boot-file-is-url',
  severity: 'error',
  meaning: 'a client that loads by TFTP is given a URL as its boot file',
  origins: {
    capture: {
      holdsWhen:
        'U-Boot, or a PXE client other than iPXE, is offered a URL (`http://…`) and no other boot file; or it requests such a name by TFTP',
      isNot:
        'iPXE, which loads URLs; HTTP boot clients; a URL that is harmless because the machine loads the file named by a PXE server',
      confidence: '`seen` if the machine requested the URL by TFTP, else `inferred`',
      remedy:
        'send PXE clients the name of a file on a TFTP server; send the URL to iPXE (option 77) and HTTP boot clients only',
    },
    lint: {
      holdsWhen: 'a server names a URL as boot file on a subnet with machines that boot by TFTP',
      remedy:
        'send PXE clients the name of a file on a TFTP server; send the URL to iPXE and HTTP boot clients only',
    },
  },
  affects: {
    EDK2: 'EDK2 requests a file of that name by TFTP and stops, mostly with PXE-E23',
    'BIOS ROM': 'a BIOS ROM requests a file of that name by TFTP and stops with PXE-T01 and PXE-E3B',
  },
} as const satisfies FindingMeta

export type BootFileIsUrl = {
  readonly servers: readonly string[]
  readonly file: string
  /** The TFTP server that was asked for it. */
  readonly asked?: string
}

/** A scheme (RFC 3986 §3.1) and an authority. */
const URL_NAME = /^[a-z][a-z0-9+.-]*:\/\//i

export const isUrl = (file: string): boolean => URL_NAME.test(file)

export const test: RuleTest<BootFileIsUrl> = (boot, context) => {
  if (!loadsByTftp(boot)) return NO_REPORTS
  const transfer = boot.transfers.find(candidate => isUrl(candidate.file) && !gotFile(candidate))
  const urls = naming(boot).filter(({ file }) => isUrl(file))
  if (transfer) return [askedReport(transfer, urls, context)]
  if (urls.length === 0 || hasOtherFile(boot) || boot.transfers.length > 0) return NO_REPORTS
  return isOver(boot, context, urls[0]!.seen.at) ? [offeredReport(urls, context)] : NO_REPORTS
}

const loadsByTftp = ({ asks, firmware }: Boot): boolean =>
  (asks === 'pxe' || firmware.bootsByDhcpAlone === true) && !firmware.readsUrls

/** A file, or somebody to ask for one. */
const hasOtherFile = (boot: Boot): boolean =>
  boot.asks4011.length > 0 ||
  naming(boot).some(({ file }) => !isUrl(file)) ||
  allOffers(boot).some(offer => isPxeOffer(offer) && offer.file === undefined)

/** The transfer failed, if it did, because it was asked for by a URL. */
export const isUrlByTftp = (boot: Boot, { file }: Transfer): boolean => loadsByTftp(boot) && isUrl(file)

type Naming = Reply & { readonly file: string }

const askedReport = (
  transfer: Transfer,
  urls: readonly Naming[],
  context: RuleContext,
): Report<BootFileIsUrl> => {
  const named = urls.filter(({ file }) => file === transfer.file)
  const servers = ascending(named.length > 0 ? named.map(({ server }) => server) : [transfer.server])
  return {
    confidence: 'seen',
    servers,
    details: {
      servers: servers.map(context.names.server),
      file: transfer.file,
      asked: context.names.server(transfer.server),
    },
    evidence: [
      ...named.slice(0, 2).map(reply => showReply(reply, context)),
      showRequest(transfer, context),
      ...showEnd(transfer, context),
    ],
  }
}

const offeredReport = (urls: readonly Naming[], context: RuleContext): Report<BootFileIsUrl> => {
  const servers = ascending(urls.map(({ server }) => server))
  return {
    confidence: 'inferred',
    servers,
    details: { servers: servers.map(context.names.server), file: urls[0]!.file },
    evidence: urls.slice(0, 2).map(reply => showReply(reply, context)),
  }
}

export const sentences = ({ servers, file, asked }: BootFileIsUrl): Sentences => ({
  text: `${listed(servers)} sent the URL ${quoted(file)} as boot file to a machine that loads by TFTP${asked === undefined ? '' : `; it requested a file of that name from TFTP server ${asked}`}.`,
  because:
    'Only iPXE and HTTP boot clients (option 60 HTTPClient) understand a URL. PXE firmware takes it for the name of a file on the TFTP server.',
  remedy: `Configure ${listed(servers)} to send PXE clients the name of a file on a TFTP server (for example ipxe.efi or undionly.kpxe), and the URL only to machines whose user class (option 77) is iPXE or whose option 60 says HTTPClient.`,
})
