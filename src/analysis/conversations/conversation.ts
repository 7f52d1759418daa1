/**
 * What the rules see: a boot of one machine, that is its DHCP exchanges (by xid), what it asked boot servers on 4011,
 * and its TFTP transfers; and the summary that stays when a boot is closed. Holds no state of its own: `boots.ts`
 * fills these in.
 */
import { ANY_IP4, type Ip4, type Mac } from '../../core/address.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import type { ClientKind } from '../clients/client-kind.ts'
import { OTHER } from '../clients/index.ts'
import type { ClientClass } from './client-class.ts'
import type { FrameRef } from '../reading/record.ts'
import { type Reply, offerText } from './reply.ts'
import { gotFile, type Transfer } from './transfer.ts'
import type { Ways } from './ways.ts'

export interface RequestSeen {
  readonly seen: FrameRef
  /** Option 54: whose offer the client took. */
  readonly server: Ip4 | undefined
  /** Option 50, else ciaddr. */
  readonly address: Ip4
  lastAt: Micros
}

export interface Decline {
  readonly seen: FrameRef
  readonly server: Ip4 | undefined
  /** Option 50, else ciaddr; undefined: it does not say what it declines. */
  readonly address: Ip4 | undefined
  /** Option 56. */
  readonly message: string | undefined
}

/** All that carries one xid. */
export interface Exchange {
  readonly xid: number
  discovers: number
  firstDiscover: FrameRef | undefined
  lastDiscoverAt: Micros
  /** `secs` of the first DISCOVER. */
  firstSecs: number | undefined
  /** When each was sent, as counted on the segment where the first was seen; the first `MAX_DISCOVERS`. */
  readonly discoverAts: Micros[]
  /** The client asked for answers by broadcast. */
  wantsBroadcast: boolean
  readonly offers: Reply[]
  readonly requests: RequestSeen[]
  readonly acks: Reply[]
  readonly naks: Reply[]
  readonly declines: Decline[]
  readonly ways: Ways
}

/** A request to a boot server: by unicast to 4011, or to whoever hears it (43.71). */
export interface Ask {
  readonly xid: number
  readonly target: Ip4
  readonly toGroup: boolean
  readonly seen: FrameRef
  count: number
  lastAt: Micros
  readonly replies: Reply[]
  unreachable: { readonly cause: Unreachable['cause']; readonly seen: FrameRef } | undefined
}

export interface ArpWait {
  readonly seen: FrameRef
  count: number
  lastAt: Micros
  answered: boolean
}

export type Conflict =
  /** Another machine says the address is its own. */
  | { readonly kind: 'arp'; readonly seen: FrameRef; readonly address: Ip4; readonly mac: Mac }
  /** Two servers gave it to two machines. */
  | {
      readonly kind: 'lease'
      readonly seen: FrameRef
      readonly address: Ip4
      readonly other: { readonly server: Ip4; readonly client: Mac; readonly seen: FrameRef }
      readonly server: Ip4
    }

/** What the machine fetched in the boot before this one. */
export interface Loaded {
  readonly file: string
  readonly firmware: ClientKind
  /** By its first bytes. */
  readonly script: boolean
  readonly seen: FrameRef
  readonly at: Micros
}

export interface Boot {
  /** Undefined where nothing but TFTP through a router was seen. */
  readonly client: Mac | undefined
  readonly asks4011: Ask[]
  readonly exchanges: Exchange[]
  readonly transfers: Transfer[]
  readonly arps: Map<Ip4, ArpWait>
  readonly conflicts: Conflict[]
  readonly openedAt: Micros
  /** The client's own segment, if its own packets were seen; else that of the first copy. */
  segment: string
  /** Set as soon as a packet without giaddr was seen. */
  direct: boolean
  /** The relay that its first packet came by, if it came by one. */
  relay: Ip4 | undefined
  asks: ClientClass
  firmware: ClientKind
  architecture: number | undefined
  /** Its DISCOVER is in the capture. */
  whole: boolean
  address: Ip4 | undefined
  lastAt: Micros
  /** Messages it may remember. */
  weight: number
  /** What the same machine asked as next: it has given this boot up, or ended it. */
  followedBy: ClientClass | undefined
  readonly previous: Loaded | undefined
}

export const openBoot = (client: Mac | undefined, seen: FrameRef, previous: Loaded | undefined): Boot => ({
  client,
  asks4011: [],
  exchanges: [],
  transfers: [],
  arps: new Map(),
  conflicts: [],
  openedAt: seen.at,
  segment: seen.segment,
  direct: false,
  relay: undefined,
  asks: 'other',
  firmware: OTHER,
  architecture: undefined,
  whole: false,
  address: undefined,
  lastAt: seen.at,
  weight: 0,
  followedBy: undefined,
  previous,
})

export const allOffers = (boot: Boot): Reply[] => boot.exchanges.flatMap(exchange => exchange.offers)
/** Offers, ACKs, and answers of boot servers. */
export const allReplies = (boot: Boot): Reply[] => [
  ...allOffers(boot),
  ...boot.exchanges.flatMap(exchange => exchange.acks),
  ...boot.asks4011.flatMap(ask => ask.replies),
]
export const allRequests = (boot: Boot): RequestSeen[] =>
  boot.exchanges.flatMap(exchange => exchange.requests)
/** After the last DISCOVER that it can answer; undefined where the two were not seen in one place. */
export const offerDelay = (exchange: Exchange, offer: Reply): Micros | undefined => {
  if (exchange.firstDiscover?.segment !== offer.seen.segment) return undefined
  const asked = exchange.discoverAts.findLast(at => at <= offer.seen.at)
  return asked === undefined ? undefined : offer.seen.at - asked
}

export const isLease = (reply: Reply): boolean => reply.yiaddr !== ANY_IP4 && reply.kind !== 'nak'
export const isPxeOffer = (reply: Reply): boolean => reply.pxe && reply.kind === 'offer'

/** Something was asked that only a machine which goes on booting asks. */
export const goesOn = (boot: Boot): boolean => boot.asks4011.length > 0 || boot.transfers.length > 0

/** Something that the machine itself said by DHCP was seen. */
export const hasAsked = (boot: Boot): boolean =>
  boot.whole ||
  boot.asks4011.length > 0 ||
  boot.exchanges.some(exchange => exchange.requests.length > 0 || exchange.declines.length > 0)

/** A request to a boot server without any reply in the capture, although the machine went on as if it had one. */
export const hasUnseenReply = (boot: Boot): boolean =>
  boot.transfers.length > 0 && boot.asks4011.some(ask => ask.replies.length === 0 && !ask.unreachable)

/** The boot file, as opposed to a query of its size. */
export const loadedOf = (boot: Boot): Loaded | undefined => {
  const transfer = boot.transfers.findLast(gotFile)
  return (
    transfer && {
      file: transfer.file,
      firmware: boot.firmware,
      script: transfer.script,
      seen: transfer.seen,
      at: transfer.lastAt,
    }
  )
}

export interface ConversationSummary {
  readonly client?: Mac
  readonly subnet: string
  readonly firmware: string
  readonly architecture?: number
  readonly startedAt: Micros
  readonly endedAt: Micros
  readonly address?: Ip4
  /** Who offered what and when, in order of arrival. */
  readonly answers: readonly {
    readonly server: Ip4
    readonly after: Micros
    readonly lease: boolean
    readonly pxe: boolean
    readonly offer: string
  }[]
  readonly leaseFrom?: Ip4
  readonly asked4011: readonly Ip4[]
  readonly files: readonly {
    readonly server: Ip4
    readonly file: string
    readonly end: string
    readonly bytes: number
    /** From the first request to the last packet. */
    readonly span: Micros
    readonly blockSize?: number
    /** Of a file that was captured whole, if the analyser was given a hash. */
    readonly sha256?: string
  }[]
}

/** Values listed one by one in a conversation; more are counted only. */
const MAX_LISTED = 16

export const summaryOf = (boot: Boot): ConversationSummary => {
  const start = boot.exchanges.find(exchange => exchange.firstDiscover)?.firstDiscover?.at ?? boot.openedAt
  const lease = boot.exchanges.flatMap(exchange => exchange.acks).find(isLease)
  return {
    ...(boot.client === undefined ? {} : { client: boot.client }),
    subnet: boot.segment,
    firmware: boot.firmware.name,
    ...(boot.architecture === undefined ? {} : { architecture: boot.architecture }),
    startedAt: boot.openedAt,
    endedAt: boot.lastAt,
    ...(boot.address === undefined ? {} : { address: boot.address }),
    answers: allOffers(boot)
      .sort((a, b) => a.seen.at - b.seen.at || a.seen.frame - b.seen.frame)
      .slice(0, MAX_LISTED)
      .map(offer => ({
        server: offer.server,
        after: offer.seen.at - start,
        lease: isLease(offer),
        pxe: offer.pxe,
        offer: offerText(offer),
      })),
    ...(lease ? { leaseFrom: lease.server } : {}),
    asked4011: [...new Set(boot.asks4011.map(ask => ask.target))],
    files: boot.transfers.slice(0, MAX_LISTED).map(transfer => ({
      server: transfer.server,
      file: transfer.file,
      end: transfer.end?.kind ?? (transfer.answered ? 'unfinished' : 'unanswered'),
      bytes: transfer.bytes,
      span: transfer.lastAt - transfer.seen.at,
      ...(transfer.blockSize === undefined ? {} : { blockSize: transfer.blockSize }),
      ...(transfer.sha256 === undefined ? {} : { sha256: transfer.sha256 }),
    })),
  }
}
