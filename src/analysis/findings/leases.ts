/**
 * Leases that went wrong: denied and used all the same, or used by two (RFC 2131 §3.1, §4.3.2, §4.4.1).
 */
import { MILLISECOND } from '../../core/micros.ts'
import { type Boot, type Conflict, type Exchange, isLease } from '../conversations/conversation.ts'
import type { Reply } from '../conversations/reply.ts'
import { type Draft, type FindingTest, NO_DRAFTS, type Scene, evidence, showReply } from '../scene.ts'
import { ascending } from '../words.ts'

/** A REQUEST that was on its way when the NAK came is no answer to it. */
const CROSSING = 50 * MILLISECOND

export const ignoredNak: FindingTest = (boot, scene) => {
  for (const exchange of boot.exchanges)
    for (const nak of exchange.naks) {
      const chosen = exchange.requests.find(request => request.server !== undefined)?.server
      const isBystander = chosen !== undefined && chosen !== nak.server
      const went = isBystander ? tookOther(boot, exchange, nak) : keptAsking(boot, exchange, nak)
      if (!went) continue
      const name = scene.names.server(nak.server)
      return [
        {
          rule: 'ignored-nak',
          confidence: 'seen',
          servers: ascending(isBystander ? [nak.server, chosen] : [nak.server]),
          text: isBystander
            ? `${name} denied (NAK) a REQUEST that was meant for ${scene.names.server(chosen)}; the machine rightly went on.`
            : `${name} denied the lease (NAK), but the machine went on as if nothing had come.`,
          because: isBystander
            ? 'A server whose offer was not chosen must take that as a refusal and say nothing (RFC 2131 §4.3.2). Older iPXE starts again at such a NAK, some builds for ever.'
            : 'After a NAK a client must start again (RFC 2131 §3.1). Old iPXE builds and BIOS ROMs ignore it and time out.',
          remedy: isBystander
            ? `Stop the DHCP service of ${name} for this subnet, or give both servers the same idea of it (scope, authority).`
            : `See why ${name} denies what it offered: pool, reservation or an old lease; renew the firmware of the machine.`,
          evidence: [
            ...exchange.requests.slice(0, 1).map(request => evidence(request.seen, 'REQUEST')),
            showReply(nak, scene),
            ...exchange.acks.slice(0, 1).map(ack => showReply(ack, scene)),
          ],
        },
      ]
    }
  return NO_DRAFTS
}

/** The same REQUEST again and no new DISCOVER, or the address in use. */
const keptAsking = (boot: Boot, exchange: Exchange, nak: Reply): boolean => {
  const since = nak.seen.at + CROSSING
  if (exchange.lastDiscoverAt > nak.seen.at || exchange.acks.some(ack => ack.seen.at > nak.seen.at))
    return false
  return (
    exchange.requests.some(request => request.lastAt > since) ||
    boot.asks4011.some(ask => ask.seen.at > since) ||
    boot.transfers.some(transfer => transfer.seen.at > since)
  )
}

const tookOther = (boot: Boot, exchange: Exchange, nak: Reply): boolean =>
  exchange.lastDiscoverAt < nak.seen.at &&
  (exchange.acks.some(ack => isLease(ack) && ack.server !== nak.server) ||
    boot.transfers.some(transfer => transfer.seen.at > nak.seen.at))

export const addressConflict: FindingTest = (boot, scene) => {
  const declined = declineDrafts(boot, scene)
  const conflicts = boot.conflicts.filter(
    conflict => !(conflict.kind === 'arp' && scene.isProxyArp(conflict.mac)),
  )
  return [...declined, ...conflicts.map(conflict => conflictDraft(boot, conflict, scene))]
}

/** EDK2 also declines an offer without mask and an ACK for another address (E-27, E-28): those are no conflicts. */
const declineDrafts = (boot: Boot, scene: Scene): Draft[] =>
  boot.exchanges.flatMap(exchange =>
    exchange.declines
      .filter(decline => {
        const lease = exchange.acks.findLast(isLease)
        const offer = exchange.offers.find(candidate => candidate.yiaddr === decline.address)
        const isOther = lease !== undefined && lease.yiaddr !== exchange.requests.at(-1)?.address
        const lent = offer ?? lease
        return !isOther && (lent === undefined || lent.mask !== undefined)
      })
      .slice(0, 1)
      .map(decline => ({
        ...BASE,
        confidence: 'seen' as const,
        servers: decline.server === undefined ? [] : [decline.server],
        text: `the machine declined ${scene.names.server(decline.address)}, because it found the address in use.`,
        evidence: [evidence(decline.seen, `DECLINE of ${scene.names.server(decline.address)}`)],
      })),
  )

const conflictDraft = (boot: Boot, conflict: Conflict, scene: Scene): Draft => {
  const address = scene.names.server(conflict.address)
  const { names } = scene
  if (conflict.kind === 'arp') {
    const acks = boot.exchanges
      .flatMap(exchange => exchange.acks)
      .filter(ack => ack.yiaddr === conflict.address)
    return {
      ...BASE,
      confidence: 'seen',
      servers: ascending(acks.map(ack => ack.server)),
      text: `${address} was leased to the machine, but ${names.client(conflict.mac)} says by ARP that it has it.`,
      evidence: [
        ...acks.slice(0, 1).map(ack => showReply(ack, scene)),
        evidence(conflict.seen, `ARP: ${address} is at ${names.client(conflict.mac)}`),
      ],
    }
  }
  const { other, server } = conflict
  return {
    ...BASE,
    confidence: 'inferred',
    servers: ascending([other.server, server]),
    alsoClients: [other.client],
    text: `${names.server(other.server)} and ${names.server(server)} leased ${address} to two machines at the same time.`,
    evidence: [
      evidence(other.seen, `ACK from ${names.server(other.server)} to ${names.client(other.client)}`),
      evidence(conflict.seen, `ACK from ${names.server(server)}`),
    ],
  }
}

const BASE = {
  rule: 'address-conflict' as const,
  because:
    'Two machines with one address lose packets at random: transfers break off, and which of them works changes from minute to minute. Most boot firmware does not check before it uses an address.',
  remedy:
    'Exclude addresses that are set by hand from the pool, and let the pools of two DHCP servers not overlap.',
}
