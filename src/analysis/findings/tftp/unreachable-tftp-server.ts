/**
 * `unreachable-tftp-server`: the TFTP server that was named does not answer, or the machine has no way to it.
 */
import type { Ip4 } from '../../../core/address.ts'
import type { Unreachable } from '../../../core/state-machine.ts'
import type { Evidence, Report, RuleContext, RuleTest, Sentences } from '../../capture-rule.ts'
import { type Boot, allOffers } from '../../conversations/conversation.ts'
import { type Transfer, gotFile } from '../../conversations/transfer.ts'
import { hasUnseenFiles, isBootTraffic, triesOf } from '../../conversations/boot-traffic.ts'
import { evidence } from '../../evidence.ts'
import type { Confidence, FindingMeta } from '../../finding-meta.ts'
import { ascending, plural, quoted } from '../../words.ts'
import { isUnanswered } from '../boot-server/dead-targets.ts'
import { judgedTransfers } from './judged.ts'
import { type NoRoute, noRouteReports, noRouteSentences } from './no-route.ts'
import { serversOf, showRequest } from './transfers.ts'

export const meta = {
  id: 'unreachable-tftp-server',
  severity: 'error',
  meaning: 'the TFTP server does not answer',
  origins: {
    capture: {
      holdsWhen:
        'a request is not answered (ICMP, or two attempts), ARP for the server is not answered, a transfer stops, or the lease names no router although the server is on another network',
      isNot:
        'a failed attempt followed by a successful one; a capture without the answers, in which the client continues; ICMP after the ERROR that ended the transfer; TFTP of telephones, switches and routers',
      confidence: '`seen` by ICMP, else `inferred`',
      remedy: 'start the TFTP service there, correct siaddr, or set a router (option 3)',
    },
    probe: {
      holdsWhen: 'the download of an offered file is not answered',
      confidence: '`inferred`',
      remedy: 'start the TFTP service there, and allow UDP port 69 and its answers',
    },
  },
  consequences: [{ of: 'multiple-dhcp-servers', share: ['clients', 'servers'] }],
} as const satisfies FindingMeta

export type UnreachableTftpServer =
  | NoRoute
  /** ARP for it has no answer. */
  | { readonly how: 'absent'; readonly server: string; readonly isRouter: boolean }
  | ({ readonly server: string; readonly file: string } & Failure)

type Failure =
  | {
      readonly how: 'unreachable'
      readonly cause: Unreachable['cause']
      readonly afterBytes?: number
      readonly lastBlock?: boolean
    }
  /** `answeredBy`: another server answered instead. */
  | { readonly how: 'silent'; readonly answeredBy?: string }
  /** `lastBlock`: with block 65,535, the last that 16 bits can number. */
  | { readonly how: 'stopped'; readonly afterBytes: number; readonly lastBlock?: boolean }

export const test: RuleTest<UnreachableTftpServer> = (boot, context) => {
  const reports: Report<UnreachableTftpServer>[] = []
  const add = (server: Ip4, report: Report<UnreachableTftpServer>): void =>
    void (reports.some(other => other.servers.includes(server)) || reports.push(report))
  for (const transfer of judgedTransfers(boot)) {
    const found = failureOf(boot, transfer, context)
    if (!found) continue
    add(transfer.server, {
      confidence: found.confidence,
      servers: serversOf(boot, transfer),
      details: { server: context.names.server(transfer.server), file: transfer.file, ...found.failure },
      evidence: [showRequest(transfer, context), ...found.evidence],
    })
  }
  const absent = isBootTraffic(boot) ? absentHost(boot) : undefined
  if (absent) {
    const { ip, wait, offer, isRouter } = absent
    const server = context.names.server(ip)
    add(ip, {
      confidence: 'inferred',
      servers: ascending([ip, offer.server]),
      details: { how: 'absent', server, isRouter },
      evidence: [evidence(wait.seen, `ARP for ${server}, ${wait.count} times without a reply`)],
    })
  }
  return [...reports, ...noRouteReports(boot, context)]
}

interface Found {
  readonly failure: Failure
  readonly confidence: Confidence
  readonly evidence: readonly Evidence[]
}

const failureOf = (boot: Boot, transfer: Transfer, context: RuleContext): Found | undefined => {
  const { unreachable, end } = transfer
  // In the middle of a file it is the end; after it, an acknowledgement that came to a port already closed.
  const stopped = gotFile(transfer) && !end && unreachable && transfer.lastAt <= unreachable.seen.at
  // A server closes its port with its ERROR, and a client that acknowledges that meets a closed one.
  const hasEnded = end !== undefined && unreachable !== undefined && end.seen.at <= unreachable.seen.at
  if (unreachable && !hasEnded && (stopped || !gotFile(transfer)))
    return {
      failure: {
        how: 'unreachable',
        cause: unreachable.cause,
        ...(stopped && { afterBytes: transfer.bytes, ...lastBlock(transfer) }),
      },
      confidence: 'seen',
      evidence: [
        evidence(
          unreachable.seen,
          `ICMP: ${unreachable.cause} unreachable, from ${context.names.server(unreachable.by)}`,
        ),
      ],
    }
  if (!transfer.answered) {
    // Every client repeats what is not answered.
    if (triesOf(boot, transfer) < 2 || hasUnseenFiles(boot)) return undefined
    const other = transfer.otherSource
    return {
      failure: { how: 'silent', ...(other !== undefined && { answeredBy: context.names.server(other) }) },
      confidence: 'inferred',
      evidence: [],
    }
  }
  if (transfer.end || transfer.unanswered < 3 || !transfer.unansweredSince) return undefined
  return {
    failure: { how: 'stopped', afterBytes: transfer.bytes, ...lastBlock(transfer) },
    confidence: 'inferred',
    evidence: [
      evidence(
        transfer.unansweredSince,
        `${plural(transfer.unanswered, 'packet')} from the client not answered`,
      ),
    ],
  }
}

const LAST_BLOCK = 0xffff
const lastBlock = ({ block, bytes, blockSize = 512 }: Transfer): { lastBlock?: true } =>
  block === LAST_BLOCK && bytes >= LAST_BLOCK * blockSize ? { lastBlock: true } : {}

/** The request never left, because nobody has the address it was for, or the router's. */
const absentHost = (boot: Boot) => {
  for (const [ip, wait] of boot.arps) {
    if (!isUnanswered(wait)) continue
    const offers = [...allOffers(boot), ...boot.asks4011.flatMap(ask => ask.replies)].filter(
      reply => reply.file !== undefined,
    )
    const named = offers.find(reply => reply.tftpServer === ip)
    const routed = allOffers(boot).find(offer => offer.router === ip)
    const offer = named ?? (offers.length > 0 ? routed : undefined)
    if (offer) return { ip, wait, offer, isRouter: named === undefined }
  }
  return undefined
}

export const sentences = (details: UnreachableTftpServer): Sentences =>
  details.how === 'noRoute'
    ? noRouteSentences(details)
    : 'lastBlock' in details && details.lastBlock
      ? lastBlockSentences(details.server, textOf(details))
      : {
          text: textOf(details),
          because:
            'The address comes from siaddr of the OFFER (firmware ignores option 66 and sname): the TFTP service is stopped, the host has none, or a firewall blocks it.',
          remedy:
            'Start the TFTP service of the Network Boot Service on that host; if the address is wrong, correct the next server on the DHCP server, or remove options 66 and 67 there.',
        }

const lastBlockSentences = (server: string, text: string): Sentences => ({
  text,
  because:
    'TFTP block numbers have 16 bits, and the server does not let them roll over: it stops after block 65,535, before the end of the file.',
  remedy: `Use larger blocks (1468 bytes carry 96 MB), load large files by HTTP, or replace the TFTP service on ${server}.`,
})

const textOf = (details: Exclude<UnreachableTftpServer, NoRoute>): string => {
  const name = `TFTP server ${details.server}`
  switch (details.how) {
    case 'absent':
      return details.isRouter
        ? `router ${details.server}, the next hop to the TFTP server, does not answer ARP.`
        : `${name} does not answer ARP.`
    case 'unreachable':
      return details.afterBytes === undefined
        ? `${name} cannot be reached: ${details.cause} unreachable.`
        : `${name} stopped after ${plural(details.afterBytes, 'byte')} of ${quoted(details.file)}: ${details.cause} unreachable.`
    case 'silent':
      return details.answeredBy === undefined
        ? `${name} did not answer.`
        : `${name} did not answer; ${details.answeredBy} did instead, and firmware that checks the source address ignores that.`
    case 'stopped':
      return `${name} stopped answering after ${plural(details.afterBytes, 'byte')} of ${quoted(details.file)}.`
  }
}
