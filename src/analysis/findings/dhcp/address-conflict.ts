/**
 * `address-conflict`: an address that was leased is used by another machine (RFC 2131 §3.1, §4.4.1).
 */
import type { Report, RuleContext, RuleTest, Sentences } from '../../capture-rule.ts'
import {
  type Boot,
  type Conflict,
  type Decline,
  type Exchange,
  isLease,
} from '../../conversations/conversation.ts'
import { evidence, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ascending } from '../../words.ts'

export const meta = {
  id: 'address-conflict',
  severity: 'warning',
  meaning: 'a leased address is used by another machine',
  origins: {
    capture: {
      holdsWhen:
        'a machine declines its lease, another machine claims the address by ARP, or two servers lease one address to two machines',
      isNot:
        'a DECLINE from EDK2, which does not check whether an address is in use; a DECLINE that names no address; a DECLINE after an OFFER without a subnet mask or an ACK for another address',
      confidence: '`seen`; `inferred` where two servers leased it',
      remedy: 'exclude static addresses from the pool; do not let the pools of two servers overlap',
    },
  },
  consequences: [{ of: 'multiple-dhcp-servers', share: ['clients', 'servers'] }],
} as const satisfies FindingMeta

export type AddressConflict = {
  readonly address: string
} & (
  | { readonly shownBy: 'decline' }
  /** `owner`: the MAC that says by ARP that it has the address. */
  | { readonly shownBy: 'arp'; readonly owner: string }
  | { readonly shownBy: 'leases'; readonly leasedBy: readonly [first: string, second: string] }
)

export const test: RuleTest<AddressConflict> = (boot, context) => [
  ...declineReports(boot, context),
  ...boot.conflicts
    .filter(conflict => !(conflict.kind === 'arp' && context.isProxyArp(conflict.mac)))
    .map(conflict => conflictReport(boot, conflict, context)),
]

/**
 * A DECLINE names an address that is in use (RFC 2131 §3.1), if its sender looks at all, and if it is not for a fault of
 * the lease: no mask, or an ACK for another address (E-27, E-28).
 */
const declineReports = (boot: Boot, context: RuleContext): Report<AddressConflict>[] =>
  boot.firmware.neverProbesAddress
    ? []
    : boot.exchanges.flatMap(exchange =>
        exchange.declines
          .filter(decline => !isFaulty(exchange, decline))
          .slice(0, 1)
          .flatMap(({ address: ip, server, seen }): Report<AddressConflict>[] => {
            if (ip === undefined) return []
            const address = context.names.server(ip)
            return [
              {
                confidence: 'seen',
                servers: server === undefined ? [] : [server],
                details: { address, shownBy: 'decline' },
                evidence: [evidence(seen, `DECLINE of ${address}`)],
              },
            ]
          }),
      )

const isFaulty = ({ acks, offers, requests }: Exchange, { address }: Decline): boolean => {
  const lease = acks.findLast(isLease)
  const offer = offers.find(candidate => candidate.yiaddr === address)
  const isOther = lease !== undefined && lease.yiaddr !== requests.at(-1)?.address
  const lent = offer ?? lease
  return isOther || (lent !== undefined && lent.mask === undefined)
}

const conflictReport = (boot: Boot, conflict: Conflict, context: RuleContext): Report<AddressConflict> => {
  const { names } = context
  const address = names.server(conflict.address)
  if (conflict.kind === 'arp') {
    const owner = names.client(conflict.mac)
    const acks = boot.exchanges
      .flatMap(exchange => exchange.acks)
      .filter(ack => ack.yiaddr === conflict.address)
    return {
      confidence: 'seen',
      servers: ascending(acks.map(ack => ack.server)),
      details: { address, shownBy: 'arp', owner },
      evidence: [
        ...acks.slice(0, 1).map(ack => showReply(ack, context)),
        evidence(conflict.seen, `ARP: ${address} is at ${owner}`),
      ],
    }
  }
  const { other, server } = conflict
  const leasedBy = [names.server(other.server), names.server(server)] as const
  return {
    confidence: 'inferred',
    servers: ascending([other.server, server]),
    alsoClients: [other.client],
    details: { address, shownBy: 'leases', leasedBy },
    evidence: [
      evidence(other.seen, `ACK from ${leasedBy[0]} to ${names.client(other.client)}`),
      evidence(conflict.seen, `ACK from ${leasedBy[1]}`),
    ],
  }
}

export const sentences = (details: AddressConflict): Sentences => ({
  text: textOf(details),
  because:
    'Two machines with one address lose packets at random: transfers break off, and which machine works changes from minute to minute. Most boot firmware does not check an address before using it.',
  remedy:
    'Exclude statically assigned addresses from the pool, and do not let the pools of two DHCP servers overlap.',
})

const textOf = (details: AddressConflict): string => {
  const { address } = details
  switch (details.shownBy) {
    case 'decline':
      return `the machine declined ${address} because it found the address in use.`
    case 'arp':
      return `${address} was leased to the machine, but ${details.owner} claims it by ARP.`
    case 'leases':
      return `${details.leasedBy[0]} and ${details.leasedBy[1]} leased ${address} to two machines at the same time.`
  }
}
