/**
 * `multiple-dhcp-servers`: more than one server leases addresses to one machine, or denies what another one leased.
 * Partners of one pool are told apart by what they say.
 */
import type { Ip4 } from '../../../core/address.ts'
import {
  NO_REPORTS,
  type Report,
  type RuleContext,
  type RuleTest,
  type Sentences,
} from '../../capture-rule.ts'
import { type Boot, type Exchange, isLease } from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'
import { showDiscover, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { byArrival } from '../../race.ts'
import { ascending, listed } from '../../words.ts'

export const meta = {
  id: 'multiple-dhcp-servers',
  severity: 'error',
  meaning: 'more than one server leases addresses on the subnet',
  origins: {
    capture: {
      severity: 'info for failover partners',
      holdsWhen:
        'more than one server leases addresses in one exchange, or a server sends a NAK to a REQUEST for another. Servers count as failover partners if their options are equal and no address was offered by both anywhere in the capture',
      remedy: 'stop all but one of them, or block the others on the switch (DHCP snooping)',
    },
    lint: {
      severity:
        'warning for a split scope with different options (no machine has taken the wrong ones yet), info for one with equal options',
      holdsWhen: 'two servers lease on one subnet with machines',
      remedy: 'split the addresses and keep the options equal, or stop one of the servers',
    },
  },
} as const satisfies FindingMeta

export type MultipleDhcpServers = {
  readonly leasing: readonly string[]
  /** Servers that denied a request which was meant for another. */
  readonly denying: readonly string[]
  /** `none`: they look like partners of one pool. */
  readonly difference: 'none' | 'denial' | 'options' | 'sameAddresses'
}

export const test: RuleTest<MultipleDhcpServers> = (boot, context) => {
  for (const exchange of boot.exchanges) {
    const leasing = leasingReplies(exchange)
    if (leasing.size < 2) continue
    return [reportOf(boot, exchange, [...leasing.values()].sort(byArrival), context)]
  }
  return NO_REPORTS
}

/** The first reply of every server that leases an address, or denies one that another server was asked for. */
const leasingReplies = (exchange: Exchange): Map<Ip4, Reply> => {
  const leasing = new Map<Ip4, Reply>()
  const add = (reply: Reply): void => {
    // Two relays that put themselves into option 54, before one server: it leases the same address through both.
    const isOtherWay = (known: Reply): boolean =>
      known.namesRelay && reply.namesRelay && known.yiaddr === reply.yiaddr
    if (!leasing.has(reply.server) && ![...leasing.values()].some(isOtherWay))
      leasing.set(reply.server, reply)
  }
  exchange.offers.filter(isLease).forEach(add)
  exchange.acks.filter(isLease).forEach(add)
  const chosen = exchange.requests.map(request => request.server)
  for (const nak of exchange.naks)
    if (chosen.some(server => server !== undefined && server !== nak.server) && !chosen.includes(nak.server))
      add(nak)
  return leasing
}

const reportOf = (
  boot: Boot,
  exchange: Exchange,
  replies: readonly Reply[],
  context: RuleContext,
): Report<MultipleDhcpServers> => {
  const { server: name } = context.names
  const servers = ascending(replies.map(reply => reply.server))
  const denying = replies.filter(reply => reply.kind === 'nak')
  const difference = differenceOf(replies, context)
  const chosen = exchange.requests.find(request => request.server !== undefined)?.server
  return {
    ...(difference === 'none' ? { severity: 'info' as const } : {}),
    confidence: 'seen',
    servers,
    details: { leasing: servers.map(name), denying: denying.map(reply => name(reply.server)), difference },
    evidence: [...showDiscover(boot, context), ...replies.map(reply => showReply(reply, context))],
    ...(replies.every(reply => reply.kind === 'offer')
      ? {
          race: {
            winner: chosen,
            margin: replies[1]!.seen.at - replies[0]!.seen.at,
            wasFirst: chosen === replies[0]!.server,
          },
        }
      : {}),
  }
}

const differenceOf = (replies: readonly Reply[], context: RuleContext): MultipleDhcpServers['difference'] => {
  if (replies.some(reply => reply.kind === 'nak')) return 'denial'
  if (replies.some(reply => reply.pool !== replies[0]!.pool)) return 'options'
  return replies.some((reply, i) => replies.slice(i + 1).some(other => shareAddresses(reply, other, context)))
    ? 'sameAddresses'
    : 'none'
}

const shareAddresses = (a: Reply, b: Reply, context: RuleContext): boolean =>
  context.overlap(a.server, b.server) || a.yiaddr === b.yiaddr

export const sentences = (details: MultipleDhcpServers): Sentences => {
  const names = listed(details.leasing)
  if (details.difference === 'none')
    return {
      text: `${names} both lease addresses here, with equal options and different addresses, as failover partners do.`,
      because:
        'Failover partners answer with the same options, and no address was offered by both in this capture.',
      remedy: 'If the two are failover partners, there is nothing to do; otherwise stop one of them.',
    }
  return {
    text: `${names} lease addresses on the same subnet${differenceText(details)}.`,
    because:
      'DHCP servers that do not know of each other may lease one address to two machines, and a machine takes the options of the server it chooses: EDK2 and BIOS ROMs mostly the first answer, iPXE the last.',
    remedy: `Find out which of ${names} is meant to serve this subnet; stop the DHCP service of the others, or block their answers on the switch (DHCP snooping).`,
  }
}

const differenceText = ({ difference, denying }: MultipleDhcpServers): string => {
  if (difference === 'denial') return `; ${listed(denying)} sent a NAK to a REQUEST for another server`
  return difference === 'options' ? ', with different options' : ', and offer the same addresses'
}
