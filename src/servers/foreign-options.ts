/**
 * How any other responder is described: by its packets. Every offer shorthand of scenarios/firmware (D, Df, Db, Dp,
 * Pa, Ba, Pm) and every row of that folder can be written with these. Types and defaults only.
 */
import type { Ip4 } from '../core/address.ts'
import type { MacPattern } from '../core/mac-pattern.ts'
import type { Micros } from '../core/micros.ts'
import type { DhcpOption } from '../wire/dhcp/message.ts'

/** `both` is one packet with an address and option 60 (Db, Dp); two packets are `dhcp` and an entry in `also`. */
export type ForeignRole = 'dhcp' | 'proxy' | 'both'

export type ForeignAnswers =
  | 'normal'
  /** Never ACKs. */
  | 'offer-only'
  /** NAKs the REQUESTs for itself. */
  | 'nak'
  /** Serves its own, and NAKs (ACKs) REQUESTs meant for another server. */
  | 'nak-others'
  | 'ack-others'
  /** Makes no offer, but NAKs what is meant for others: the sleeping half of a split-scope pair. */
  | 'silent-but-nak-others'
  /** Port 67 takes no part but in boot-server discovery: a pure boot server. */
  | 'silent'

/** `no-end`: options not closed by 255 (E-11). `bad-length-51`: the lease time has three bytes. */
export type Malformation = 'no-end' | 'bad-length-51'

/** `bsdp-none`: everybody but Apple's BSDP clients. */
export type AnswersClass = 'any' | 'pxe' | 'http' | 'bsdp-none'

/** What one kind of packet holds. Options are raw and in order; one with the code of a default replaces it. */
export interface ForeignOffer {
  readonly role: ForeignRole
  readonly options?: readonly DhcpOption[] | undefined
  /** Header field `file`; `{mac}` stands for the client's MAC. */
  readonly bootFile?: string | undefined
  /** siaddr. Default: the server itself if a file is named (here or by option 67), else 0. */
  readonly nextServer?: Ip4 | undefined
  /** yiaddr 0 without option 60 (with role `dhcp`): E-21. */
  readonly noLease?: boolean | undefined
  /** Options left out although they would belong there. */
  readonly omit?: readonly number[] | undefined
  readonly malformed?: readonly Malformation[] | undefined
  /** iPXE's encapsulated options 175.1 and 175.176. */
  readonly ipxe?:
    { readonly priority?: number | undefined; readonly noProxy?: boolean | undefined } | undefined
}

/** The ACK on 4011 to a request without boot item (the proxy DHCP dialogue). */
export interface ForeignReply {
  readonly delay?: (() => Micros) | undefined
  /** Default: the offer's. */
  readonly bootFile?: string | undefined
  readonly nextServer?: Ip4 | undefined
  readonly serverIdentifier?: Ip4 | undefined
  /** Added to 53, 54, 60 and 97. */
  readonly options?: readonly DhcpOption[] | undefined
}

/** Answers to boot-server discovery (43.71): a reply that echoes the boot item. */
export interface ForeignDiscovery extends ForeignReply {
  /** Boot server types served. */
  readonly types: readonly number[]
  /** On port 67. Default true. */
  readonly broadcast?: boolean | undefined
  /** On 4011. Default true. */
  readonly unicast?: boolean | undefined
  /** On 4011, by this group. Default none. */
  readonly group?: Ip4 | undefined
}

export interface ForeignPool {
  readonly first: Ip4
  readonly last: Ip4
  /** Gives option 1. */
  readonly prefixLength: number
  /** Gives option 3. */
  readonly router?: Ip4 | undefined
}

/** Laid over the offer for machines of these architectures (IANA numbers). */
export interface ForeignVariant extends Partial<ForeignOffer> {
  readonly arches: readonly number[]
  readonly reply?: ForeignReply | undefined
}

export interface ForeignOptions extends ForeignOffer {
  /** Its own address: option 54, default siaddr. */
  readonly address: Ip4
  /** Only what comes by this interface is heard. Default: all. */
  readonly iface?: string | undefined
  /** Before each answer; drawn once per answer. */
  readonly delay?: (() => Micros) | undefined
  /** The same for everything but an OFFER. Default: `delay`. */
  readonly ackDelay?: (() => Micros) | undefined
  readonly pools?: readonly ForeignPool[] | undefined
  readonly leaseTime?: Micros | undefined
  /** `closed` = ICMP. Default: `alive` for a proxy and where `reply` or `discovery` are given, else `closed`. */
  readonly boot4011?: 'alive' | 'dead' | 'closed' | undefined
  readonly reply?: ForeignReply | undefined
  readonly discovery?: ForeignDiscovery | undefined
  readonly answers?: ForeignAnswers | undefined
  /** Messages sent to yiaddr although the client asked for a broadcast. */
  readonly unicast?: readonly ('offer' | 'ack')[] | undefined
  /** Copies of every packet, at the same time; 2 = each packet twice. */
  readonly repeat?: number | undefined
  /** Default: `pxe` for a proxy, else `any`. */
  readonly answersClass?: AnswersClass | undefined
  /** Further offers to the same DISCOVER, from the same address. */
  readonly also?: readonly (ForeignOffer & { readonly delay?: (() => Micros) | undefined })[] | undefined
  /** The first that names the machine's architecture counts. */
  readonly byArchitecture?: readonly ForeignVariant[] | undefined
  /** A DISCOVER is answered only if its `secs` is at least this … */
  readonly minimumSecs?: number | undefined
  /** … or the machine is one of these. */
  readonly own?: readonly MacPattern[] | undefined
}
