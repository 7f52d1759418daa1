/**
 * Several PXE servers answering one DISCOVER: who they are, what each would have the machine do, whom it followed and
 * how close it was. The winner is read from what the machine did next (D-6); only where it did nothing is the order of
 * firmware preference asked (E-22, I-6, B-10).
 */
import { ANY_IP4, type Ip4 } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import {
  type Boot,
  type Exchange,
  allRequests,
  goesOn,
  isLease,
  isPxeOffer,
} from './conversations/conversation.ts'
import { USUAL_LOCAL_BOOT_QUIET } from './clients/client-kind.ts'
import { type Intent, compareIntents, isLocalBoot } from './conversations/intent.ts'
import type { Reply } from './conversations/reply.ts'
import type { Confidence } from './finding-meta.ts'
import type { RuleContext } from './capture-rule.ts'
import { sameFile } from './words.ts'

export interface Responder {
  readonly server: Ip4
  /** Its earliest PXE offer, and all of them. */
  readonly first: Reply
  readonly offers: readonly Reply[]
  /** A redirect is judged by what its port 4011 said, if that was seen. */
  readonly intent: Intent
  /** It came when the machine had already chosen a lease. */
  readonly late: boolean
}

export interface Race {
  readonly exchange: Exchange
  /** In order of arrival; at least two. */
  readonly responders: readonly Responder[]
  readonly winner: Ip4 | undefined
  readonly confidence: Confidence
  /** Between the first offers of the first and the second. */
  readonly margin: Micros
  /** `unknown`: one of them says nothing of the outcome. */
  readonly intents: 'same' | 'different' | 'unknown'
}

/** The exchange with the most PXE servers; undefined if none has two, or the machine did not ask as PXE client. */
export const raceOf = (boot: Boot, context: RuleContext): Race | undefined => {
  if (boot.asks !== 'pxe') return undefined
  let best: { exchange: Exchange; responders: Responder[] } | undefined
  for (const exchange of boot.exchanges) {
    const responders = respondersOf(boot, exchange)
    if (responders.length > Math.max(1, best?.responders.length ?? 0)) best = { exchange, responders }
  }
  if (!best) return undefined
  const { exchange, responders } = best
  return {
    exchange,
    responders,
    ...winnerOf(boot, exchange, responders, context),
    margin: responders[1]!.first.seen.at - responders[0]!.first.seen.at,
    intents: compareAll(responders),
  }
}

const respondersOf = (boot: Boot, exchange: Exchange): Responder[] => {
  const byServer = new Map<Ip4, Reply[]>()
  for (const offer of exchange.offers.filter(isPxeOffer).sort(byArrival)) {
    const offers = byServer.get(offer.server)
    if (offers) offers.push(offer)
    else byServer.set(offer.server, [offer])
  }
  const chosenAt = exchange.requests[0]?.seen.at
  return [...byServer].map(([server, offers]) => ({
    server,
    first: offers[0]!,
    offers,
    intent: resolved(boot, offers[0]!),
    late: chosenAt !== undefined && offers[0]!.seen.at > chosenAt,
  }))
}

export const byArrival = (a: Reply, b: Reply): number => a.seen.at - b.seen.at || a.seen.frame - b.seen.frame

/** E-32: a redirect sends to siaddr, else to option 54; iPXE to 54 (I-11). */
export const redirectTargets = (offer: Reply): readonly Ip4[] =>
  offer.siaddr === ANY_IP4 || offer.siaddr === offer.server ? [offer.server] : [offer.siaddr, offer.server]

const resolved = (boot: Boot, offer: Reply): Intent => {
  if (offer.intent.kind !== 'ask4011') return offer.intent
  const targets = redirectTargets(offer)
  for (const ask of boot.asks4011) {
    const answer = targets.includes(ask.target) ? ask.replies.find(reply => reply.pxe) : undefined
    if (answer) return answer.intent
  }
  return offer.intent
}

const compareAll = (responders: readonly Responder[]): Race['intents'] => {
  let result: Race['intents'] = 'same'
  responders.forEach((a, i) => {
    for (const b of responders.slice(i + 1)) {
      const compared = compareIntents(a.intent, b.intent)
      if (compared === 'different') result = 'different'
      else if (compared === 'unknown' && result === 'same') result = 'unknown'
    }
  })
  return result
}

type Outcome = Pick<Race, 'winner' | 'confidence'>

const winnerOf = (
  boot: Boot,
  exchange: Exchange,
  responders: readonly Responder[],
  context: RuleContext,
): Outcome => {
  const asked = boot.asks4011.find(ask => ask.replies.length > 0) ?? boot.asks4011[0]
  if (asked && !asked.toGroup) {
    const sender = responders.find(responder => redirectTargets(responder.first).includes(asked.target))
    return { winner: sender?.server ?? asked.target, confidence: 'seen' }
  }
  const transfer = boot.transfers[0]
  if (transfer) {
    const serving = responders.filter(responder =>
      responder.offers.some(offer => offer.tftpServer === transfer.server),
    )
    const named = serving.find(responder =>
      responder.offers.some(offer => offer.file !== undefined && sameFile(offer.file, transfer.file)),
    )
    return { winner: (named ?? serving[0])?.server ?? transfer.server, confidence: 'seen' }
  }
  return localWinner(boot, exchange, responders, context)
}

/** A machine that starts from its disk sends nothing: only one server that would have it do so can have won. */
const localWinner = (
  boot: Boot,
  exchange: Exchange,
  responders: readonly Responder[],
  context: RuleContext,
): Outcome => {
  const nobody: Outcome = { winner: undefined, confidence: 'possible' }
  const leased = leasedAt(boot)
  const local = responders.filter(responder => isLocalBoot(responder.intent) && !responder.late)
  if (leased === undefined || local.length === 0 || goesOn(boot)) return nobody
  const expected = expectedWinner(boot, exchange, responders)
  const winner = local.length === 1 ? local[0]! : local.find(responder => responder === expected)
  const patience = boot.firmware.localBootQuiet ?? USUAL_LOCAL_BOOT_QUIET
  const wasQuiet = boot.followedBy !== undefined || context.now - leased >= patience
  if (wasQuiet && context.showsUnicasts(boot.segment)) return { winner: winner?.server, confidence: 'seen' }
  // The capture ends here, or shows broadcasts only: believe it if firmware would have chosen so.
  return winner && winner === expected ? { winner: winner.server, confidence: 'inferred' } : nobody
}

/** When the machine had its lease, or at least asked for it. */
const leasedAt = (boot: Boot): Micros | undefined =>
  boot.exchanges.flatMap(exchange => exchange.acks).find(isLease)?.seen.at ?? allRequests(boot).at(-1)?.lastAt

const expectedWinner = (
  boot: Boot,
  exchange: Exchange,
  responders: readonly Responder[],
): Responder | undefined => {
  const { prefers } = boot.firmware
  if (prefers === 'first')
    return (
      responders.find(responder => responder.first.pxeTags && isLease(responder.first)) ??
      responders.find(responder => responder.first.pxeTags) ??
      responders[0]
    )
  if (prefers !== 'last') return undefined
  const chosenAt = exchange.requests[0]?.seen.at ?? Infinity
  return responders.findLast(responder => responder.first.seen.at <= chosenAt)
}
