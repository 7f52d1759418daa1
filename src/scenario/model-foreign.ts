/**
 * A responder described by its packets, so that every offer shorthand of scenarios/firmware (D, Df, Db, Dp, Pa, Ba,
 * Pm) and its faults can be written. Part of the scenario model; types only.
 */
import type { Ip4 } from '../core/address.ts'
import type { MacPattern } from '../core/mac-pattern.ts'
import type { Micros } from '../core/micros.ts'
import type { DhcpOption } from '../wire/dhcp/message.ts'
import type { ImageFile, Images, Pool, ServerBase } from './model.ts'
import type { BsdpPart } from './model-bsdp.ts'
import type { Range } from '../document/quantities.ts'

/** Known products and situations (P-1 … P-8); a preset fills in what the file does not say. */
export const PRESETS = [
  'dnsmasq-proxy',
  'pixiecore',
  'smee-proxy',
  'smee-reservation',
  'pypxe-proxy',
  'plain-dhcp-option-60',
  'wds',
  'itcm',
  'split-scope-pair',
] as const
export type PresetName = (typeof PRESETS)[number]

export type ForeignTftp =
  | 'on'
  | 'off'
  | 'closed'
  | 'silent'
  /** Knows RFC 1350 only: answers a request with options by DATA 1. */
  | 'no-options'
  /** Its OACK raises blksize. */
  | 'raises-blksize'
  /** Answers from `otherAddress`; the second kind listens on both. */
  | 'other-address'
  | 'other-address-hears-both'

export type ForeignAnswers =
  | 'normal'
  | 'offer-only'
  /** NAKs REQUESTs for itself. */
  | 'nak'
  /** Serves its own and NAKs (ACKs) REQUESTs meant for another server. */
  | 'nak-others'
  | 'ack-others'
  /** Makes no offer, but NAKs what is meant for others: the sleeping half of a split-scope pair. */
  | 'silent-but-nak-others'
  /** Takes no part on port 67 but in boot-server discovery: a pure boot server. */
  | 'silent'

/** `no-end`: options not closed by 255. `bad-length-51`: option 51 with three bytes. */
export type Malformation = 'no-end' | 'bad-length-51'

/** What one kind of packet holds. */
export interface ForeignOffer {
  /** `both`: one packet with an address and option 60 (Db, Dp). */
  readonly role: 'dhcp' | 'proxy' | 'both'
  /** In order of code. */
  readonly options: readonly DhcpOption[]
  /** Header field `file`. */
  readonly bootFile: string | undefined
  /** siaddr; undefined: the server itself if a file is named, else 0.0.0.0. */
  readonly nextServer: Ip4 | undefined
  /** yiaddr 0 with role `dhcp`: E-21. */
  readonly noLease: boolean
  /** Codes of options left out of every message although they would belong there (54, 1, 97 …). */
  readonly omit: readonly number[]
  readonly malformed: readonly Malformation[]
  /** iPXE's encapsulated options: 175.1 and 175.176. */
  readonly ipxe: { readonly priority: number | undefined; readonly noProxy: boolean }
}

export interface ForeignServer extends ServerBase, ForeignOffer {
  readonly kind: 'foreign'
  readonly preset: PresetName | undefined
  /** Before everything but an OFFER; undefined: as `responseDelay`. */
  readonly ackDelay: Range | undefined
  readonly pools: readonly Pool[]
  readonly leaseTime: Micros
  readonly boot4011: 'alive' | 'dead' | 'closed'
  /** What port 4011 answers with, where it differs from the offer; undefined: as the offer. */
  readonly reply: ForeignReply | undefined
  /** Answers to boot-server discovery (43.71); undefined: none. */
  readonly discovery: ForeignDiscovery | undefined
  readonly tftp: ForeignTftp
  readonly otherAddress: Ip4 | undefined
  readonly files: readonly ImageFile[]
  /** A directory of files; `files` count before it. */
  readonly images: Images | undefined
  readonly answers: ForeignAnswers
  /** Messages sent to yiaddr although the client asked for a broadcast. */
  readonly unicast: readonly ('offer' | 'ack')[]
  /** Copies of every answer; 2 = each packet twice. */
  readonly repeat: number
  readonly answersClass: 'any' | 'pxe' | 'http' | 'bsdp-none'
  /** Further offers to the same DISCOVER. */
  readonly also: readonly (ForeignOffer & { readonly delay: Range | undefined })[]
  /** Laid over the offer for machines of these architectures; the first that names the machine's counts. */
  readonly byArchitecture: readonly ForeignVariant[]
  /** A DISCOVER is answered only if its `secs` is at least this, or the machine is one of its own. */
  readonly minimumSecs: number
  readonly own: readonly MacPattern[]
  /** It answers Macs too, or only them. */
  readonly bsdp: BsdpPart | undefined
}

/** Only what is written is laid over. */
export interface ForeignVariant {
  readonly arches: readonly string[]
  readonly offer: Partial<ForeignOffer>
  readonly reply: ForeignReply | undefined
}

export interface ForeignReply {
  readonly delay: Range | undefined
  readonly bootFile: string | undefined
  readonly nextServer: Ip4 | undefined
  readonly serverIdentifier: Ip4 | undefined
  readonly options: readonly DhcpOption[]
}

export interface ForeignDiscovery extends ForeignReply {
  /** Boot server types served. */
  readonly types: readonly number[]
  readonly broadcast: boolean
  readonly unicast: boolean
  readonly group: Ip4 | undefined
}
