/**
 * `client-denied`: a machine was denied its lease, or declined it, and gave up.
 */
import { type Ip4, formatIp4 } from '../../../core/address.ts'
import { SECOND } from '../../../core/micros.ts'
import {
  NO_REPORTS,
  type Report,
  type RuleContext,
  type RuleTest,
  type Sentences,
} from '../../capture-rule.ts'
import { type Boot, type Decline, type Exchange, goesOn, isLease } from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'
import { evidence, isOver, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ascending, quoted } from '../../words.ts'

export const meta = {
  id: 'client-denied',
  severity: 'error',
  meaning: 'a machine was refused its lease, or declined it, and gave up',
  origins: {
    capture: {
      holdsWhen:
        'a boot ended with a NAK or a DECLINE: the machine got no other lease, sent nothing more, and did not start again',
      isNot:
        'a NAK after which the machine starts again or continues; a NAK alongside the ACK from the chosen server',
      confidence: '`inferred`: it rests on the silence that follows',
      remedy:
        'check what the message of the server points to: pool, reservation, an address leased to another machine, mask and address of the lease',
    },
  },
  consequences: [
    { of: 'unusable-lease', share: ['clients', 'servers'] },
    { of: 'address-conflict', share: ['clients', 'servers'] },
    { of: 'malformed-offer', share: ['clients', 'servers'] },
    { of: 'multiple-dhcp-servers', share: ['clients', 'servers'] },
  ],
} as const satisfies FindingMeta

export type ClientDenied = {
  /** Who said the last word: the server (NAK) or the machine (DECLINE). */
  readonly how: 'nak' | 'decline'
  /** The server that denied, or whose lease was declined. */
  readonly server?: string
  readonly address?: string
  /** Option 56 of the message. */
  readonly reason?: string
  /** The server that was asked, where another one denied. */
  readonly asked?: string
  /** The machine to which the same server had given the address. */
  readonly heldBy?: string
}

/** Whoever asks anew within this has not given up; a machine that is switched on again takes longer to get there. */
const RESTART = 30 * SECOND

export const test: RuleTest<ClientDenied> = (boot, context) => {
  if (boot.asks === 'other' && !boot.firmware.bootsByDhcpAlone) return NO_REPORTS
  const denial = denialOf(boot)
  // Such firmware ends with its own DECLINE; after a NAK it may be started again at once.
  const hasEnded = denial?.decline !== undefined && boot.firmware.endsWhenDenied
  if (!denial || !(hasEnded || isOver(boot, context, denial.at))) return NO_REPORTS
  const startedAgain = boot.followedBy === boot.asks && context.now - denial.at < RESTART
  if (startedAgain) return NO_REPORTS
  return [
    denial.nak ? nakReport(denial.exchange, denial.nak, context) : declineReport(denial.decline, context),
  ]
}

type Denial = { readonly exchange: Exchange; readonly at: number } & (
  | { readonly nak: Reply; readonly decline?: undefined }
  | { readonly decline: Decline; readonly nak?: undefined }
)

/** Undefined: none, or the machine went on after it. */
export const denialOf = (boot: Boot): Denial | undefined => {
  const denials = boot.exchanges.flatMap((exchange): Denial[] => [
    ...exchange.naks.map(nak => ({ exchange, at: nak.seen.at, nak })),
    ...exchange.declines.map(decline => ({ exchange, at: decline.seen.at, decline })),
  ])
  const [last] = denials.sort((a, b) => b.at - a.at)
  return last && !goesOn(boot) && !hasLease(boot, last) && !asksAgain(boot, last.at) ? last : undefined
}

/** A lease that nobody took back: after a DECLINE it has to be a later one. */
const hasLease = (boot: Boot, { at, decline }: Denial): boolean =>
  boot.exchanges.some(({ acks }) => acks.some(ack => isLease(ack) && (!decline || ack.seen.at > at)))

const asksAgain = (boot: Boot, since: number): boolean =>
  boot.exchanges.some(
    ({ lastDiscoverAt, requests }) =>
      lastDiscoverAt > since || requests.some(request => request.lastAt > since),
  )

const nakReport = (exchange: Exchange, nak: Reply, context: RuleContext): Report<ClientDenied> => {
  const { server: name, client } = context.names
  const request = exchange.requests.at(-1)
  const asked = request?.server === nak.server ? undefined : request?.server
  const holder = request && otherHolder(request.address, nak, context)
  return {
    confidence: 'inferred',
    servers: ascending(asked === undefined ? [nak.server] : [nak.server, asked]),
    details: {
      how: 'nak',
      server: name(nak.server),
      ...(request && { address: formatIp4(request.address) }),
      ...(nak.message !== undefined && { reason: nak.message }),
      ...(asked !== undefined && { asked: name(asked) }),
      ...(holder !== undefined && { heldBy: client(holder) }),
    },
    evidence: [
      ...exchange.offers
        .filter(isLease)
        .slice(0, 1)
        .map(offer => showReply(offer, context)),
      ...(request ? [evidence(request.seen, `REQUEST for ${formatIp4(request.address)}`)] : []),
      showReply(nak, context),
    ],
  }
}

const otherHolder = (address: Ip4, nak: Reply, context: RuleContext) => {
  const holder = context.holderOf(address)
  return holder?.server === nak.server ? holder.client : undefined
}

const declineReport = (decline: Decline, context: RuleContext): Report<ClientDenied> => {
  const { server, address, message } = decline
  return {
    confidence: 'inferred',
    servers: server === undefined ? [] : [server],
    details: {
      how: 'decline',
      ...(server !== undefined && { server: context.names.server(server) }),
      ...(address !== undefined && { address: formatIp4(address) }),
      ...(message !== undefined && { reason: message }),
    },
    evidence: [evidence(decline.seen, `DECLINE${address === undefined ? '' : ` of ${formatIp4(address)}`}`)],
  }
}

export const sentences = (details: ClientDenied): Sentences =>
  details.how === 'nak' ? nakSentences(details) : declineSentences(details)

const nakSentences = ({ server, address, reason, asked, heldBy }: ClientDenied): Sentences => ({
  text: `${server ?? 'a server'} denied ${asked === undefined ? 'the machine' : `the machine, which had chosen ${asked},`} the address ${address ?? 'it requested'} (NAK${reasonText(reason)})${heldBy === undefined ? '' : `, which it had leased to ${heldBy}`}, and the machine gave up.`,
  because:
    heldBy === undefined
      ? 'The server does not grant what was offered: an older lease or a reservation stands in the way, the server has another configuration of the subnet, or the address is no longer free.'
      : 'The server offered the same address to two machines at the same moment, and leased it to the first that sent a REQUEST.',
  remedy:
    heldBy === undefined
      ? `Check the log of ${server ?? 'the server'} for the reason of the NAK; configure a server that is not meant to serve this subnet to stay silent there.`
      : `Configure ${server ?? 'the server'} not to offer one address to two machines (dnsmasq: dhcp-sequential-ip), and restart the machine.`,
})

const declineSentences = ({ server, address, reason }: ClientDenied): Sentences => ({
  text: `the machine declined ${address ?? 'its lease'}${server === undefined ? '' : ` from ${server}`} (DECLINE${reasonText(reason)}) and gave up.`,
  because:
    'A DECLINE does not always mean that an address is in use: EDK2 also sends one for an address or mask that its network stack rejects, or for an ACK that differs from the OFFER.',
  remedy: `Compare address, mask (option 1) and ACK with the OFFER${server === undefined ? '' : ` from ${server}`}; check whether another host uses the address.`,
})

const reasonText = (reason: string | undefined): string => (reason === undefined ? '' : `: ${quoted(reason)}`)
