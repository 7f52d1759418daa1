/**
 * `unterminated-boot-file`: option 67 without a closing NUL, and a machine that takes it for a C string: it asks for a
 * name with the next byte in it, or EDK2 finds its own copy of the offer broken and asks the last server of its window
 * for the address (E-54).
 */
import {
  NO_REPORTS,
  type Report,
  type RuleContext,
  type RuleTest,
  type Sentences,
} from '../../capture-rule.ts'
import { type Boot, type Exchange, allReplies, isLease } from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'
import type { Transfer } from '../../conversations/transfer.ts'
import { evidence, isOver, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ascending, quoted } from '../../words.ts'
import { showEnd, showRequest } from '../tftp/transfers.ts'

export const meta = {
  id: 'unterminated-boot-file',
  severity: 'error',
  meaning: 'option 67 is not NUL-terminated, and the machine reads past its end',
  origins: {
    capture: {
      severity: 'info where it is harmless: no other server sent EDK2 an OFFER after this one',
      holdsWhen:
        'a machine requests the name it was offered plus the bytes that follow it; or the lease that EDK2 chooses has option 67 without a NUL and an OFFER from another server follows, so that the REQUEST goes to that server',
      isNot: 'the header field `file`; a name that ends in a NUL; an OFFER without an address',
      confidence: '`seen`; `inferred` where no REQUEST shows it',
      remedy: 'end option 67 with a NUL, or put the name into the header field `file`',
    },
    lint: {
      severity: 'warning',
      holdsWhen:
        'a server names its boot file in option 67 without a NUL, where EDK2 machines hear another server as well',
      remedy: 'write the name as `bootFile`',
    },
  },
} as const satisfies FindingMeta

export type UnterminatedBootFile = {
  readonly server: string
  readonly file: string
  /** The name that was asked for instead. */
  readonly asked?: string
  /** Whose offer came last, so that EDK2 asks it for the address. */
  readonly last?: string
  /** It leases no addresses. */
  readonly lastIsProxy?: boolean
}

type Unclosed = Reply & { readonly file: string; readonly unclosed: NonNullable<Reply['unclosed']> }

const isUnclosed = (reply: Reply): reply is Unclosed =>
  reply.unclosed !== undefined && reply.file !== undefined && !reply.foreignClass

export const test: RuleTest<UnterminatedBootFile> = (boot, context) => {
  if (boot.asks !== 'pxe') return NO_REPORTS
  const unclosed = allReplies(boot).filter(isUnclosed)
  if (unclosed.length === 0) return NO_REPORTS
  for (const transfer of boot.transfers) {
    const reply = unclosed.find(candidate => runsInto(candidate, transfer.file))
    if (reply) return [misreadReport(reply, transfer, context)]
  }
  if (!boot.firmware.closesBootFileName) return NO_REPORTS
  return boot.exchanges.flatMap(exchange => offerReports(boot, exchange, context)).slice(0, 1)
}

/** What was asked for is the name and what stands behind it. */
const runsInto = ({ file, unclosed }: Unclosed, asked: string): boolean =>
  asked.length > file.length &&
  asked.startsWith(file) &&
  (unclosed.runsOn.startsWith(asked) || asked.charCodeAt(file.length) === END)
const END = 255

/** A transfer that failed for that reason. */
export const isMisread = (boot: Boot, { file }: Transfer): boolean =>
  boot.asks === 'pxe' && allReplies(boot).some(reply => isUnclosed(reply) && runsInto(reply, file))

const misreadReport = (
  reply: Unclosed,
  transfer: Transfer,
  context: RuleContext,
): Report<UnterminatedBootFile> => ({
  confidence: 'seen',
  servers: [reply.server],
  details: { server: context.names.server(reply.server), file: reply.file, asked: transfer.file },
  evidence: [showReply(reply, context), showRequest(transfer, context), ...showEnd(transfer, context)],
})

const offerReports = (
  boot: Boot,
  exchange: Exchange,
  context: RuleContext,
): Report<UnterminatedBootFile>[] => {
  const chosen = exchange.offers.find(isLease)
  if (!chosen || !isUnclosed(chosen) || !chosen.unclosed.breaksOffer) return []
  const { server: name } = context.names
  const details = { server: name(chosen.server), file: chosen.file }
  const last = exchange.offers.reduce((a, b) => (b.seen.at > a.seen.at ? b : a))
  const [request] = exchange.requests
  const isHarmless =
    last.server === chosen.server ||
    request?.server === chosen.server ||
    // E-22: an offer with address and PXE options in one is of a better class, and is asked by rights.
    (isLease(last) && last.pxe && !chosen.pxe) ||
    (!request && !isOver(boot, context, last.seen.at))
  if (isHarmless)
    return [
      {
        severity: 'info',
        confidence: 'seen',
        servers: [chosen.server],
        details,
        evidence: [showReply(chosen, context)],
      },
    ]
  return [
    {
      confidence: request ? 'seen' : 'inferred',
      servers: ascending([chosen.server, last.server]),
      details: { ...details, last: name(last.server), lastIsProxy: !isLease(last) },
      evidence: [
        showReply(chosen, context),
        showReply(last, context),
        ...(request?.server === undefined
          ? []
          : [evidence(request.seen, `REQUEST for the lease of ${name(request.server)}`)]),
      ],
    },
  ]
}

export const sentences = (details: UnterminatedBootFile): Sentences => ({
  text: textOf(details),
  because:
    'Option 67 is not a C string (RFC 2132 §9.5), but firmware treats it as one: old UEFI and Intel ROMs read on to the next NUL. EDK2 writes a NUL over the byte after the name, which corrupts its copy of the OFFER, and then requests the address from the last server in its window.',
  remedy: `End option 67 of ${details.server} with a NUL byte, or put the name into the header field "file" (ISC dhcpd: filename; Kea: boot-file-name of the subnet or class; dnsmasq does this by default).`,
})

const textOf = ({ server, file, asked, last, lastIsProxy }: UnterminatedBootFile): string => {
  const name = `${server} sends ${quoted(file)} in option 67 without a terminating NUL`
  if (asked !== undefined)
    return `${name}, and the machine requested ${quoted(asked)}: the name it was offered plus the bytes that follow it.`
  if (last === undefined)
    return `${name}; this did no harm here, because no other server was asked for the address.`
  return lastIsProxy
    ? `${name}, and the OFFER from ${last} came after it: the machine requests the address from ${last}, which does not lease addresses.`
    : `${name}, and the OFFER from ${last} came after it: the machine requests the address from ${last}, and may mix boot information from both.`
}
