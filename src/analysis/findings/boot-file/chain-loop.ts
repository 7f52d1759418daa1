/**
 * `chain-loop`: a boot loader that was chain-loaded is given itself again.
 */
import type { Ip4 } from '../../../core/address.ts'
import { NO_REPORTS, type Report, type RuleTest, type Sentences } from '../../capture-rule.ts'
import type { ClientKind } from '../../clients/client-kind.ts'
import { type Loaded, allOffers, isPxeOffer } from '../../conversations/conversation.ts'
import { gotFile } from '../../conversations/transfer.ts'
import { evidence, showReply } from '../../evidence.ts'
import type { Confidence, FindingMeta } from '../../finding-meta.ts'
import { CHAIN_WINDOW } from '../../limits.ts'
import { ascending, listed, quoted, sameFile } from '../../words.ts'
import { naming } from './naming.ts'

export const meta = {
  id: 'chain-loop',
  severity: 'error',
  meaning: 'a chain-loaded boot loader is offered itself again',
  origins: {
    capture: {
      holdsWhen:
        'a machine loaded a file, came back as iPXE within two minutes, and was offered the same file',
      isNot:
        'an iPXE ROM that boots the same NBS file, or the same script, at every start; a different next stage',
      confidence: '`seen` if the machine loaded the file again, else `inferred`',
      remedy: 'send the next stage to machines whose user class (option 77) is iPXE',
    },
  },
} as const satisfies FindingMeta

export type ChainLoop = {
  readonly servers: readonly string[]
  readonly file: string
}

export const test: RuleTest<ChainLoop> = (boot, context) => {
  const { previous } = boot
  const { loader } = boot.firmware
  if (!loader || !previous || boot.openedAt - previous.at > CHAIN_WINDOW) return NO_REPORTS
  // A ROM that is the loader itself may boot the same file at every start; a loader shows by its name, or by what it turned
  // the machine into.
  if (previous.firmware === boot.firmware && !isLoader(previous, loader)) return NO_REPORTS
  const named = naming(boot)
  const offered = named.filter(reply => sameFile(reply.file, previous.file))
  const servers = ascending(offered.map(reply => reply.server))
  const report = (confidence: Confidence, from: readonly Ip4[]): Report<ChainLoop> => ({
    confidence,
    servers: from,
    details: { servers: from.map(context.names.server), file: previous.file },
    evidence: [
      evidence(previous.seen, `TFTP request for ${quoted(previous.file)}`),
      ...offered.slice(0, 2).map(reply => showReply(reply, context)),
    ],
  })
  const again = boot.transfers.find(transfer => sameFile(transfer.file, previous.file) && gotFile(transfer))
  if (again) return [report('seen', servers.length > 0 ? servers : [again.server])]
  const hasOther = offered.length < named.length || boot.transfers.some(gotFile)
  const isMenu = allOffers(boot).some(offer => isPxeOffer(offer) && offer.intent.kind === 'menu')
  return offered.length === 0 || hasOther || isMenu ? NO_REPORTS : [report('inferred', servers)]
}

/** A script is carried out by the loader that is there already: who asks again was started again. */
const isLoader = ({ file, script }: Loaded, { files }: NonNullable<ClientKind['loader']>): boolean =>
  files.test(file) && !script && !SCRIPT_NAME.test(file)
const SCRIPT_NAME = /\.(ipxe|gpxe|cfg|txt|php)(\?|$)/i

export const sentences = ({ servers, file }: ChainLoop): Sentences => ({
  text: `the machine loaded ${quoted(file)}, sent a DISCOVER as iPXE (option 77), and was offered ${quoted(file)} again by ${listed(servers)}.`,
  because:
    'The server ignores the user class (option 77). A loader that is already running needs the next stage; otherwise it loads itself for ever.',
  remedy:
    'Send machines whose option 77 says iPXE the script or image to boot; send the loader to all others only.',
})
