/**
 * `ignored-nak`: a lease was denied, and the machine went on (RFC 2131 §3.1, §4.3.2).
 */
import { MILLISECOND } from '../../../core/micros.ts'
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { type Boot, type Exchange, isLease } from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'
import { evidence, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ascending } from '../../words.ts'

export const meta = {
  id: 'ignored-nak',
  severity: 'warning',
  meaning: 'a lease was refused, and the client continued',
  origins: {
    capture: {
      holdsWhen:
        'the machine repeats its REQUEST or uses the address after a NAK; or a server sends a NAK to a REQUEST for another server, and the machine rightly continues',
      isNot: 'a NAK after which the machine starts again',
      remedy:
        'find out why the server refuses what it offered; stop a server that sends NAKs to REQUESTs for other servers',
    },
  },
  consequences: [{ of: 'multiple-dhcp-servers', share: ['clients', 'servers'] }],
} as const satisfies FindingMeta

export type IgnoredNak = {
  readonly denying: string
  /** The server whose lease was asked for, where that is another. */
  readonly asked?: string
}

/** A REQUEST that was on its way when the NAK came is no answer to it. */
const CROSSING = 50 * MILLISECOND

export const test: RuleTest<IgnoredNak> = (boot, context) => {
  const { server: name } = context.names
  for (const exchange of boot.exchanges)
    for (const nak of exchange.naks) {
      const chosen = exchange.requests.find(request => request.server !== undefined)?.server
      const asked = chosen === nak.server ? undefined : chosen
      const wentOn = asked === undefined ? keptAsking(boot, exchange, nak) : tookOther(boot, exchange, nak)
      if (!wentOn) continue
      return [
        {
          confidence: 'seen',
          servers: ascending(asked === undefined ? [nak.server] : [nak.server, asked]),
          details: { denying: name(nak.server), ...(asked !== undefined && { asked: name(asked) }) },
          evidence: [
            ...exchange.requests.slice(0, 1).map(request => evidence(request.seen, 'REQUEST')),
            showReply(nak, context),
            ...exchange.acks.slice(0, 1).map(ack => showReply(ack, context)),
          ],
        },
      ]
    }
  return NO_REPORTS
}

/** The same REQUEST again and no new DISCOVER, or the address in use. */
const keptAsking = (boot: Boot, exchange: Exchange, nak: Reply): boolean => {
  const since = nak.seen.at + CROSSING
  if (exchange.lastDiscoverAt > nak.seen.at || exchange.acks.some(ack => ack.seen.at > nak.seen.at))
    return false
  return (
    exchange.requests.some(request => request.lastAt > since) ||
    boot.asks4011.some(ask => ask.seen.at > since) ||
    boot.transfers.some(transfer => transfer.seen.at > since)
  )
}

const tookOther = (boot: Boot, exchange: Exchange, nak: Reply): boolean =>
  exchange.lastDiscoverAt < nak.seen.at &&
  (exchange.acks.some(ack => isLease(ack) && ack.server !== nak.server) ||
    boot.transfers.some(transfer => transfer.seen.at > nak.seen.at))

export const sentences = ({ denying, asked }: IgnoredNak): Sentences =>
  asked === undefined
    ? {
        text: `${denying} refused the lease (NAK), but the machine ignored the NAK.`,
        because:
          'After a NAK a client must start again (RFC 2131 §3.1). Old iPXE builds and BIOS ROMs ignore it and time out.',
        remedy: `Find out why ${denying} refuses what it offered (pool, reservation, an old lease), and update the firmware of the machine.`,
      }
    : {
        text: `${denying} sent a NAK to a REQUEST for ${asked}; the machine rightly continued.`,
        because:
          'A server whose OFFER was not chosen must take that as a decline and stay silent (RFC 2131 §4.3.2). Older iPXE starts again after such a NAK, some builds endlessly.',
        remedy: `Stop the DHCP service of ${denying} for this subnet, or configure both servers alike (scope, authority).`,
      }
