/**
 * Too many DHCP servers, or a part of the answer missing: no address, or nothing but an address.
 */
import type { Ip4 } from '../../core/address.ts'
import { SECOND } from '../../core/micros.ts'
import {
  type Boot,
  type Exchange,
  allOffers,
  allRequests,
  goesOn,
  isLease,
  isPxeOffer,
} from '../conversations/conversation.ts'
import { ANSWER_PATIENCE, CHAIN_WINDOW } from '../limits.ts'
import { byArrival } from '../race.ts'
import type { Reply } from '../conversations/reply.ts'
import {
  type Draft,
  type FindingTest,
  NO_DRAFTS,
  type Scene,
  evidence,
  isOver,
  showDiscover,
  showReply,
} from '../scene.ts'
import { ascending, listed } from '../words.ts'

export const multipleDhcpServers: FindingTest = (boot, scene) => {
  for (const exchange of boot.exchanges) {
    const leasing = leasingReplies(exchange)
    if (leasing.size < 2) continue
    const replies = [...leasing.values()].sort(byArrival)
    return [multipleDraft(boot, exchange, replies, scene)]
  }
  return NO_DRAFTS
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

const multipleDraft = (boot: Boot, exchange: Exchange, replies: readonly Reply[], scene: Scene): Draft => {
  const servers = ascending(replies.map(reply => reply.server))
  const names = listed(servers.map(scene.names.server))
  const arePartners = areConsistent(replies, scene)
  const chosen = exchange.requests.find(request => request.server !== undefined)?.server
  return {
    rule: 'multiple-dhcp-servers',
    ...(arePartners ? { severity: 'info' as const } : {}),
    confidence: 'seen',
    servers,
    text: arePartners
      ? `${names} both lease addresses here, with equal options and different addresses, as partners of one pool do.`
      : `${names} lease addresses on the same subnet${differenceOf(replies, scene)}.`,
    because: arePartners
      ? 'Partners that share a pool answer with the same options; no address was offered by both in this capture.'
      : 'DHCP servers that do not know of each other give one address to two machines, and the machine takes the options of whichever it chooses: EDK2 and BIOS ROMs mostly the first answer, iPXE the last.',
    remedy: arePartners
      ? 'Nothing, if the two are meant as partners; otherwise stop one of them.'
      : `Find out which of ${names} is meant to serve this subnet and stop the DHCP service of the others, or block their answers at the switch (DHCP snooping).`,
    evidence: [...showDiscover(boot, scene), ...replies.map(reply => showReply(reply, scene))],
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

/** Same options, no address offered by both, and nobody denies. */
const areConsistent = (replies: readonly Reply[], scene: Scene): boolean => {
  const first = replies[0]!
  return replies.every(
    (reply, i) =>
      reply.kind !== 'nak' &&
      reply.pool === first.pool &&
      replies
        .slice(i + 1)
        .every(other => !scene.overlap(reply.server, other.server) && reply.yiaddr !== other.yiaddr),
  )
}

const differenceOf = (replies: readonly Reply[], scene: Scene): string => {
  const denying = replies.filter(reply => reply.kind === 'nak')
  if (denying.length > 0)
    return `; ${listed(denying.map(reply => scene.names.server(reply.server)))} denied a request that was meant for another`
  if (replies.some(reply => reply.pool !== replies[0]!.pool)) return ', with different options'
  return ', and offer the same addresses'
}

export const noPxeResponder: FindingTest = (boot, scene) => {
  if (boot.asks !== 'pxe' || !boot.whole || goesOn(boot)) return NO_DRAFTS
  const offers = allOffers(boot)
  const leases = offers.filter(offer => isLease(offer) && !offer.foreignClass)
  // A DHCP server that names a boot file serves PXE clients the plain way.
  if (leases.length === 0 || offers.some(offer => offer.pxe || offer.file !== undefined)) return NO_DRAFTS
  const discovers = discoversOf(boot)
  if (allRequests(boot).length === 0 && discovers < 3 && !isOver(boot, scene, leases[0]!.seen.at))
    return NO_DRAFTS
  const isChained = boot.firmware === 'iPXE' && wasChainLoaded(boot)
  const servers = ascending(leases.map(lease => lease.server))
  return [
    {
      rule: 'no-pxe-responder',
      // A chain-loaded iPXE may carry its script with it and want nothing but an address.
      ...(isChained ? { severity: 'warning' as const } : {}),
      confidence: isChained ? 'possible' : 'inferred',
      servers,
      text: `${listed(servers.map(scene.names.server))} offered an address, but no PXE server answered and no boot file was named.`,
      because:
        'No Network Boot Service heard the DISCOVER, or it ignores this kind of machine: none on the subnet, its service stopped, no helper address for it, or its answer dropped by the switch (DHCP snooping).',
      remedy:
        'Check that the Network Boot Service of this subnet runs and its policy is enabled; behind a router, add its address to the helper list beside the DHCP server; let unknown computers boot if this one is unknown.',
      evidence: [...showDiscover(boot, scene), ...leases.slice(0, 3).map(lease => showReply(lease, scene))],
    },
  ]
}

export const noDhcpServer: FindingTest = (boot, scene) => {
  if (boot.asks !== 'pxe' || !boot.whole || goesOn(boot)) return NO_DRAFTS
  const offers = allOffers(boot)
  // A REQUEST names a server, even where its unicast OFFER cannot be seen.
  if (allRequests(boot).length > 0 || offers.some(isLease)) return NO_DRAFTS
  const proxies = offers.filter(isPxeOffer)
  const last = boot.exchanges.at(-1)?.lastDiscoverAt ?? boot.lastAt
  const patience = proxies.length > 0 ? ANSWER_PATIENCE : 2 * ANSWER_PATIENCE
  if (discoversOf(boot) < (proxies.length > 0 ? 2 : 3) && !isOver(boot, scene, last, patience))
    return NO_DRAFTS
  const hidden =
    !boot.exchanges.some(exchange => exchange.wantsBroadcast) && !scene.showsUnicasts(boot.segment)
  const servers = ascending(proxies.map(offer => offer.server))
  return [
    {
      rule: 'no-dhcp-server',
      confidence: hidden ? 'possible' : 'inferred',
      servers,
      text:
        proxies.length > 0
          ? `${listed(servers.map(scene.names.server))} answered as PXE server, but nobody offered an address.`
          : 'nobody answered the DISCOVER: neither an address nor a PXE server was offered in this capture.',
      because:
        'A PXE server only adds boot information; the address must come from a DHCP server. It is stopped, its pool is empty, or the relay does not reach it.',
      remedy:
        'Check that the DHCP server runs, has free addresses for this subnet, and is in the helper list of its router.',
      evidence: [
        ...showDiscover(boot, scene),
        ...proxies.slice(0, 3).map(offer => showReply(offer, scene)),
        ...lastDiscover(boot),
      ],
    },
  ]
}

const lastDiscover = (boot: Boot) => {
  const exchange = boot.exchanges.at(-1)
  const first = exchange?.firstDiscover
  return first && exchange.discovers > 1
    ? [
        evidence(
          first,
          `sent ${exchange.discovers} times in ${(exchange.lastDiscoverAt - first.at) / SECOND} s`,
        ),
      ]
    : []
}

const discoversOf = (boot: Boot): number =>
  boot.exchanges.reduce((sum, exchange) => sum + exchange.discovers, 0)

const wasChainLoaded = (boot: Boot): boolean =>
  boot.previous !== undefined && boot.openedAt - boot.previous.at <= CHAIN_WINDOW
