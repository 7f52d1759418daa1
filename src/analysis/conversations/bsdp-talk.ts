/**
 * What the BSDP rules see of one Mac: its LISTs and SELECTs with their answers (by xid), the BSDP OFFERs to its
 * DISCOVERs; and of each server, what it said to all Macs. Holds no state of its own: `bsdp-follower.ts` fills it in.
 */
import type { Ip4, Mac } from '../../core/address.ts'
import type { Issue } from '../../core/decoded.ts'
import type { Micros } from '../../core/micros.ts'
import type { BsdpContent } from '../../wire/bsdp/content.ts'
import type { ImageId } from '../../wire/bsdp/image-id.ts'
import type { FrameRef } from '../reading/record.ts'

export interface BsdpAnswer {
  readonly seen: FrameRef
  readonly kind: 'offer' | 'ack'
  /** Identity: option 54, else siaddr, else the source address. */
  readonly server: Ip4
  readonly serverIdentifier: Ip4 | undefined
  readonly siaddr: Ip4
  readonly ciaddr: Ip4
  readonly yiaddr: Ip4
  /** UDP port it was sent to. */
  readonly port: number
  /** Of the DHCP message. */
  readonly size: number
  /** Option 60 is exactly what it has to be. */
  readonly strictClass: boolean
  readonly hasVendor: boolean
  readonly file: string
  readonly content: BsdpContent
  readonly issues: readonly Issue[]
}

/** One LIST or SELECT, its retransmissions with the same xid included. */
export interface BsdpRound {
  readonly kind: 'list' | 'select'
  readonly xid: number
  readonly seen: FrameRef
  readonly ciaddr: Ip4
  readonly replyPort: number | undefined
  /** SELECT: whom and what. */
  readonly server: Ip4 | undefined
  readonly image: ImageId | undefined
  /** The packet the client can take, headers included. */
  readonly maxSize: number
  count: number
  lastAt: Micros
  /** The first of each server. */
  readonly answers: BsdpAnswer[]
}

export interface BsdpTalk {
  readonly rounds: BsdpRound[]
  /** xid of a DISCOVER -> the BSDP OFFERs to it, the first of each server. */
  readonly offers: Map<number, BsdpAnswer[]>
  /** ACKs that answer none of its requests. */
  readonly strays: BsdpAnswer[]
  /** It is no Mac, as far as it said. */
  isMac: boolean
  /** Whom it had selected before this boot. */
  readonly before: Selection | undefined
}

export interface Selection {
  readonly server: Ip4
  readonly seen: FrameRef
}

/** What a server said to all Macs so far. */
export interface BsdpServer {
  answers: number
  highest: number
  lowest: number
  /** It bound a new Mac since its last list: a priority that falls falls with the next one. */
  isDue: boolean
  /** How often it was due and did not fall. */
  unmoved: number
  last: number
  readonly clients: Set<Mac>
  /** Macs it said were bound to it, though nobody saw them select it. */
  readonly claimed: Set<Mac>
  /** Global images: name and boot file, as it last told them. */
  readonly images: Map<ImageId, { name: string | undefined; file: string | undefined }>
}

export interface BsdpServers {
  of(server: Ip4): BsdpServer | undefined
}

export const roundsOf = (talk: BsdpTalk, kind: BsdpRound['kind']): BsdpRound[] =>
  talk.rounds.filter(round => round.kind === kind)

/** ACK[SELECT] of the server that was selected. */
export const acceptedOf = (round: BsdpRound): BsdpAnswer | undefined =>
  round.answers.find(answer => answer.server === round.server && answer.content.messageType === 2)
