/**
 * `server-identity-mismatch`: server identifier, siaddr and source address of a reply contradict each other, or TFTP
 * answers from another address.
 */
import { ANY_IP4, type Ip4 } from '../../../core/address.ts'
import type { Confidence, FindingMeta } from '../../finding-meta.ts'
import type { Report, RuleContext, RuleTest, Sentences } from '../../capture-rule.ts'
import { type Boot, allReplies } from '../../conversations/conversation.ts'
import { isBootTraffic } from '../../conversations/boot-traffic.ts'
import type { Reply } from '../../conversations/reply.ts'
import { gotFile } from '../../conversations/transfer.ts'
import { evidence, isOver, showReply } from '../../evidence.ts'
import { ascending } from '../../words.ts'

export const meta = {
  id: 'server-identity-mismatch',
  severity: 'warning',
  meaning: 'server identifier, siaddr and source address do not agree',
  origins: {
    capture: {
      holdsWhen:
        'option 54 differs from the source address; the siaddr of a PXE server differs from its option 54 and no service answers there; or TFTP answers from another address',
      isNot:
        'the source address of a relay agent; a next server named by DHCP; a separate TFTP server that works',
      confidence: '`seen`; `possible` if no machine tried siaddr',
      remedy: 'bind the services to one address',
    },
  },
  consequences: [{ of: 'shared-server-address', share: ['clients', 'servers'] }],
} as const satisfies FindingMeta

export type ServerIdentityMismatch =
  | { readonly kind: 'source'; readonly serverIdentifier: string; readonly source: string }
  /** Nothing was seen to work at siaddr. */
  | { readonly kind: 'siaddr'; readonly serverIdentifier: string; readonly siaddr: string }
  | { readonly kind: 'tftp'; readonly asked: string; readonly answered: string }

export const test: RuleTest<ServerIdentityMismatch> = (boot, context) => {
  const { server: name } = context.names
  const reports: Report<ServerIdentityMismatch>[] = []
  for (const reply of allReplies(boot)) {
    if (reports.some(report => report.servers.includes(reply.server))) continue
    const found = contradictionOf(boot, reply, context)
    if (!found) continue
    const { other, ...rest } = found
    reports.push({
      ...rest,
      servers: ascending([reply.server, other]),
      evidence: [showReply(reply, context)],
    })
  }
  const moved = boot.transfers.find(transfer => transfer.otherSource !== undefined)
  if (moved && isBootTraffic(boot)) {
    const other = moved.otherSource!
    reports.push({
      confidence: 'seen',
      servers: ascending([moved.server, other]),
      details: { kind: 'tftp', asked: name(moved.server), answered: name(other) },
      evidence: [evidence(moved.seen, `TFTP request to ${name(moved.server)}`)],
    })
  }
  return reports
}

interface Contradiction {
  readonly other: Ip4
  readonly details: ServerIdentityMismatch
  readonly confidence: Confidence
}

const contradictionOf = (boot: Boot, reply: Reply, context: RuleContext): Contradiction | undefined => {
  const { serverIdentifier, source, siaddr } = reply
  const { server: name } = context.names
  if (reply.foreignClass || serverIdentifier === undefined) return undefined
  if (source !== undefined && source !== ANY_IP4 && source !== serverIdentifier)
    return {
      other: source,
      details: { kind: 'source', serverIdentifier: name(serverIdentifier), source: name(source) },
      confidence: 'seen',
    }
  // A next server of its own is an ordinary thing for a DHCP server; a PXE server is its own (S-6, S-9).
  if (!reply.pxe || reply.textVendor || reply.namesRelay || siaddr === ANY_IP4 || siaddr === serverIdentifier)
    return undefined
  if (isWorking(boot, siaddr, context) || !couldBeSeen(boot, context)) return undefined
  return {
    other: siaddr,
    details: { kind: 'siaddr', serverIdentifier: name(serverIdentifier), siaddr: name(siaddr) },
    confidence: boot.transfers.some(transfer => transfer.server === siaddr) ? 'seen' : 'possible',
  }
}

/** A TFTP server of its own is an ordinary thing; only where the machine would have been seen to go there, it is odd. */
const couldBeSeen = (boot: Boot, context: RuleContext): boolean =>
  context.showsUnicasts(boot.segment) &&
  (isOver(boot, context, boot.lastAt) || boot.transfers.some(transfer => transfer.requests > 1))

const isWorking = (boot: Boot, server: Ip4, context: RuleContext): boolean =>
  boot.transfers.some(transfer => transfer.server === server && gotFile(transfer)) ||
  boot.asks4011.some(ask => ask.target === server && ask.replies.length > 0) ||
  context.hasRole(server, 'tftp') ||
  context.hasRole(server, 'boot-server')

export const sentences = (details: ServerIdentityMismatch): Sentences =>
  details.kind === 'tftp'
    ? {
        text: `the TFTP request went to ${details.asked}, but ${details.answered} answered.`,
        because:
          'A server with several addresses must answer from the address the request was sent to: EDK2 drops everything else.',
        remedy:
          'Bind the TFTP service to the address in siaddr, or set siaddr to the address it answers from.',
      }
    : {
        text:
          details.kind === 'source'
            ? `option 54 says ${details.serverIdentifier}, but the packet came from ${details.source}.`
            : `option 54 says ${details.serverIdentifier}, siaddr says ${details.siaddr}, and no service was seen working at ${details.siaddr}.`,
        because:
          'Firmware differs on which address it uses: EDK2 uses siaddr, else option 54; iPXE uses siaddr for files and option 54 for port 4011. If the two differ, machines contact different hosts.',
        remedy:
          'On a server with several addresses, bind the service to the address on the machines’ subnet, and use that address in both option 54 and siaddr.',
      }
