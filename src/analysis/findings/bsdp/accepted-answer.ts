/**
 * The answer that a Mac is to follow, and what it loaded after it. Shared by the rules about what was loaded.
 */
import { type BsdpAnswer, type BsdpTalk, acceptedOf, roundsOf } from '../../conversations/bsdp-talk.ts'
import type { Boot } from '../../conversations/conversation.ts'
import type { Transfer } from '../../conversations/transfer.ts'

export interface Accepted {
  readonly answer: BsdpAnswer
  /** A running system asked: it loads after its restart only. */
  readonly inSystem: boolean
}

/** The last ACK[SELECT] of the server that was selected, else the only BSDP OFFER. */
export const acceptedAnswer = (talk: BsdpTalk): Accepted | undefined => {
  const round = roundsOf(talk, 'select').findLast(each => acceptedOf(each) !== undefined)
  const offers = [...talk.offers.values()].at(-1) ?? []
  const [offer] = offers
  if (offer && offers.length === 1 && (!round || offer.seen.at > round.seen.at))
    return { answer: offer, inSystem: false }
  const answer = round && acceptedOf(round)
  return answer && { answer, inSystem: round.replyPort !== undefined }
}

export const transfersAfter = (boot: Boot, { seen }: BsdpAnswer): Transfer[] =>
  boot.transfers.filter(transfer => transfer.seen.at >= seen.at)
