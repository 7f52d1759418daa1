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
      severity: 'info for partners of one pool',
      holdsWhen:
        'more than one server leases addresses in one exchange, or denies (NAK) a request that was meant for another. Partners have equal options, and no address was offered by both anywhere in the capture',
      remedy: 'stop all but one of them, or let the switch block the others (DHCP snooping)',
    },
    lint: {
      severity:
        'warning for a split scope with other options (nobody has taken the wrong one yet), info for one with equal options',
      holdsWhen: 'two servers lease on one subnet with machines',
      remedy: 'divide the addresses and keep the options alike, or stop one',
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
      text: `${names} both lease addresses here, with equal options and different addresses, as partners of one pool do.`,
      because:
        'Partners that share a pool answer with the same options; no address was offered by both in this capture.',
      remedy: 'Nothing, if the two are meant as partners; otherwise stop one of them.',
    }
  return {
    text: `${names} lease addresses on the same subnet${differenceText(details)}.`,
    because:
      'DHCP servers that do not know of each other give one address to two machines, and the machine takes the options of whichever it chooses: EDK2 and BIOS ROMs mostly the first answer, iPXE the last.',
    remedy: `Find out which of ${names} is meant to serve this subnet and stop the DHCP service of the others, or block their answers at the switch (DHCP snooping).`,
  }
}

const differenceText = ({ difference, denying }: MultipleDhcpServers): string => {
  if (difference === 'denial') return `; ${listed(denying)} denied a request that was meant for another`
  return difference === 'options' ? ', with different options' : ', and offer the same addresses'
}
