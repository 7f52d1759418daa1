/**
 * Which servers answered one machine's question at the same time, so that time may have decided between them. Does
 * not say that it did.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { ClientResult } from '../../simulation/result.ts'
import type { SeenBoot, SeenReply } from './seen-replies.ts'

export interface Contest {
  readonly over: 'boot' | 'lease' | 'bootServer'
  readonly winner: string | null
  /** In order of arrival of their decisive packets. */
  readonly contenders: readonly Contender[]
  /** Others whose packet ends the contest: the lease offer, for firmware that leaves as soon as it has one. */
  readonly referees: readonly Contender[]
  /** When any reply of this contest was there. */
  readonly moments: readonly Micros[]
}

export interface Contender {
  readonly server: string
  /** Of its decisive packet: the first, or the last before the choice for firmware that keeps the last (I-8). */
  readonly at: Micros
  /** Its packets of this contest, copies included. */
  readonly replies: readonly SeenReply[]
}

type Client = Pick<ClientResult, 'leaseFrom' | 'pxeServer'>

/** Empty where nobody competed. */
export const contestsOf = (
  seen: SeenBoot,
  { leaseFrom, pxeServer }: Client,
  nameOf: (ip: Ip4) => string,
  keepsLast: boolean,
): Contest[] => {
  const chosen = seen.chosen ?? Infinity
  const group = (replies: readonly SeenReply[]): Contender[] =>
    contendersOf(replies, nameOf, keepsLast, chosen)
  const offers = seen.replies.filter(({ kind }) => kind === 'offer')
  const moments = offers.map(({ packet }) => packet.at)
  const leases = group(offers.filter(reply => reply.leases))
  const boots = group(offers.filter(reply => reply.boots))
  const isKnown = (server: string): boolean => boots.some(contender => contender.server === server)
  const contests: Contest[] = []
  const wasLate = boots.length === 1 && boots[0]!.at > chosen
  if (boots.length > 1 || wasLate)
    contests.push({
      over: 'boot',
      winner: pxeServer,
      contenders: boots,
      referees: keepsLast ? leases.filter(({ server }) => !isKnown(server)) : [],
      moments,
    })
  const isSameContest = leases.length === boots.length && leases.every(({ server }) => isKnown(server))
  if (leases.length > 1 && !(isSameContest && leaseFrom === pxeServer))
    contests.push({ over: 'lease', winner: leaseFrom, contenders: leases, referees: [], moments })
  return [...contests, ...discoveryContests(seen, pxeServer, group)]
}

/** Several boot servers that answered one search (same xid). */
const discoveryContests = (
  seen: SeenBoot,
  winner: string | null,
  group: (replies: readonly SeenReply[]) => Contender[],
): Contest[] => {
  const answers = seen.replies.filter(({ kind, boots }) => kind === 'ack' && boots)
  return [...new Set(answers.map(({ xid }) => xid))].flatMap((xid): Contest[] => {
    const own = answers.filter(answer => answer.xid === xid)
    const contenders = group(own)
    const moments = own.map(({ packet }) => packet.at)
    return contenders.length > 1 ? [{ over: 'bootServer', winner, contenders, referees: [], moments }] : []
  })
}

const contendersOf = (
  replies: readonly SeenReply[],
  nameOf: (ip: Ip4) => string,
  keepsLast: boolean,
  chosen: Micros,
): Contender[] => {
  const byServer = new Map<string, SeenReply[]>()
  for (const reply of replies) {
    const name = nameOf(reply.server)
    const known = byServer.get(name)
    if (known) known.push(reply)
    else byServer.set(name, [reply])
  }
  const contenders = [...byServer].map(([server, own]): Contender => {
    const last = own.findLast(({ packet }) => packet.at <= chosen)
    const decisive = (keepsLast && last) || own[0]!
    return { server, at: decisive.packet.at, replies: own }
  })
  return contenders.sort((a, b) => a.at - b.at)
}
