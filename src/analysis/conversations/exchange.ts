/**
 * The parts of a boot that DHCP messages fill: exchanges by xid, DISCOVERs counted once whatever relays copy, replies
 * merged by what they say. Does not decide to which boot a message belongs: `dhcp-follower.ts` does.
 */
import { ANY_IP4 } from '../../core/address.ts'
import { SECOND } from '../../core/micros.ts'
import { BROADCAST_FLAG, type DhcpMessage } from '../../wire/dhcp/message.ts'
import type { UdpPacket } from '../../wire/frame.ts'
import type { Ask, Boot, Exchange } from './conversation.ts'
import type { FrameRef } from '../reading/record.ts'
import type { IpArrival } from '../reading/frames.ts'
import { MAX_DISCOVERS, MAX_EXCHANGES, MAX_REPLIES } from '../limits.ts'
import { type Reply, usesPort4011 } from './reply.ts'
import { noWays } from './ways.ts'

export const knowsXid = (boot: Boot, xid: number): boolean =>
  boot.exchanges.some(exchange => exchange.xid === xid) || boot.asks4011.some(ask => ask.xid === xid)

export const exchangeOf = (boot: Boot, xid: number): Exchange | undefined => {
  const known = boot.exchanges.find(exchange => exchange.xid === xid)
  if (known || boot.exchanges.length >= MAX_EXCHANGES) return known
  const exchange: Exchange = {
    xid,
    discovers: 0,
    firstDiscover: undefined,
    lastDiscoverAt: 0,
    firstSecs: undefined,
    discoverAts: [],
    wantsBroadcast: false,
    offers: [],
    requests: [],
    acks: [],
    naks: [],
    declines: [],
    ways: noWays(),
  }
  boot.exchanges.push(exchange)
  return exchange
}

export const noteDiscover = (exchange: Exchange, seen: FrameRef, message: DhcpMessage, boot: Boot): void => {
  exchange.wantsBroadcast ||= (message.flags & BROADCAST_FLAG) !== 0
  const isOwn = message.giaddr === ANY_IP4
  const first = exchange.firstDiscover
  // The client's own packet is worth more than a relay's copy of it, of which there is one per address relayed to.
  if (!first || (isOwn && first.segment !== boot.segment)) {
    exchange.firstDiscover = seen
    exchange.firstSecs = message.secs
    exchange.discovers = 1
    exchange.discoverAts.length = 0
  } else if (seen.segment === first.segment && seen.at - exchange.lastDiscoverAt > COPIES_WITHIN)
    exchange.discovers++
  else return
  exchange.lastDiscoverAt = seen.at
  if (exchange.discoverAts.length < MAX_DISCOVERS) exchange.discoverAts.push(seen.at)
}

/** A relay sends its copies at once; the most impatient firmware repeats after 250 ms (U-2). */
const COPIES_WITHIN = 0.1 * SECOND

/** iPXE uses one xid for all (I-3), so the port decides. */
export const askOf = (boot: Boot, arrival: IpArrival<UdpPacket>, xid: number): Ask | undefined => {
  const asks = boot.asks4011.filter(ask => ask.xid === xid)
  const fitting = asks.filter(ask => ask.toGroup || usesPort4011(arrival.body))
  return (
    fitting.find(ask => ask.target === arrival.source) ??
    fitting[0] ??
    asks.find(() => !hasExchange(boot, xid))
  )
}

const hasExchange = (boot: Boot, xid: number): boolean =>
  boot.exchanges.some(exchange => exchange.xid === xid)

/** True if it says something new. */
export const addReply = (replies: Reply[], reply: Reply, boot: Boot): boolean => {
  const known = replies.find(candidate => candidate.key === reply.key)
  if (!known) {
    if (replies.length < MAX_REPLIES) replies.push(reply)
    return true
  }
  known.copies++
  known.source ??= reply.source
  known.sourceMac ??= reply.sourceMac
  // Who was first is decided where the client is.
  if (known.seen.segment !== boot.segment && reply.seen.segment === boot.segment) {
    known.seen = reply.seen
    known.ats.length = 0
  }
  if (known.seen.segment === reply.seen.segment && known.ats.length < MAX_DISCOVERS)
    known.ats.push(reply.seen.at)
  return false
}
