/**
 * Which way messages of an exchange went: where the machine itself is, by which relays its requests came, and which
 * replies went another way than they should, or came from another card than the one before. Does not judge.
 */
import { ANY_IP4, type Ip4, LIMITED_BROADCAST, type Mac, isGroupMac } from '../../core/address.ts'
import type { UdpPacket } from '../../wire/frame.ts'
import { MAX_PLACES } from '../limits.ts'
import type { IpArrival } from '../reading/frames.ts'
import { NO_MAC } from '../reading/link-layer.ts'
import type { FrameRef } from '../reading/record.ts'
import type { Reply } from './reply.ts'

type UdpArrival = IpArrival<UdpPacket>

/** A request as a relay sent it on. */
export interface RelayedCopy {
  readonly segment: string
  readonly mac: Mac
  readonly giaddr: Ip4
}

/** A reply to a relayed request that did not go to the relay. */
export interface Misdirected {
  readonly server: Ip4
  readonly relay: Ip4
  readonly kind: Reply['kind']
  readonly seen: FrameRef
}

/** Who sent an answer that came without a relay. */
export interface AnswerCard {
  readonly server: Ip4
  readonly source: Ip4
  readonly kind: Reply['kind']
  readonly mac: Mac
  readonly seen: FrameRef
}

export interface Ways {
  /** Segments on which the machine's own packets were seen. */
  readonly direct: Set<string>
  readonly relayed: RelayedCopy[]
  readonly misdirected: Misdirected[]
  readonly cards: AnswerCard[]
}

export const noWays = (): Ways => ({ direct: new Set(), relayed: [], misdirected: [], cards: [] })

/** Of a boot. */
interface Placed {
  relay: Ip4 | undefined
  direct: boolean
  segment: string
}

/** The machine's own packet tells its segment; a relay's copy only the relay. */
export const notePlace = (boot: Placed, seen: FrameRef, giaddr: Ip4): void => {
  if (giaddr !== ANY_IP4) boot.relay ??= giaddr
  else if (!boot.direct) {
    boot.direct = true
    boot.segment = seen.segment
  }
}

export const noteRequestWay = (
  { direct, relayed }: Ways,
  { seen, sourceMac: mac }: UdpArrival,
  giaddr: Ip4,
): void => {
  const { segment } = seen
  if (giaddr === ANY_IP4) direct.add(segment)
  else if (
    relayed.length < MAX_PLACES &&
    !relayed.some(copy => copy.segment === segment && copy.mac === mac && copy.giaddr === giaddr)
  )
    relayed.push({ segment, mac, giaddr })
}

export const noteReplyWay = (ways: Ways, arrival: UdpArrival, reply: Reply): void => {
  const { seen, sourceMac: mac, source } = arrival
  const { server, kind, giaddr } = reply
  const relay = relayPassedBy(ways, arrival, giaddr)
  if (relay !== undefined) {
    if (ways.misdirected.length < MAX_PLACES) ways.misdirected.push({ server, relay, kind, seen })
  } else if (giaddr === ANY_IP4 && mac !== NO_MAC && !isGroupMac(mac) && ways.cards.length < MAX_PLACES)
    ways.cards.push({ server, source, kind, mac, seen })
}

/**
 * RFC 2131 §4.1: a reply to a relayed request goes to giaddr. Undefined: so it did; or it is the relay's own broadcast to
 * the machine, or a request came here without relay.
 */
const relayPassedBy = (
  { direct, relayed }: Ways,
  { seen, sourceMac, source, target }: UdpArrival,
  giaddr: Ip4,
): Ip4 | undefined => {
  if (target !== LIMITED_BROADCAST || source === giaddr) return undefined
  const copies = relayed.filter(copy => copy.segment === seen.segment)
  if (copies.some(copy => copy.mac === sourceMac && sourceMac !== NO_MAC)) return undefined
  if (direct.has(seen.segment)) return undefined
  return copies.find(copy => giaddr === ANY_IP4 || copy.giaddr === giaddr)?.giaddr
}
