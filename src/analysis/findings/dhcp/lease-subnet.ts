/**
 * Where an address lies in the subnet of a lease, as its mask has it. Shared by the rules about leases.
 */
import { type Ip4, maskedBy, prefixLengthOf, roleIn } from '../../../core/address.ts'
import { type Boot, allOffers, isLease } from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'

/** `network` and `broadcast`: the subnet's own addresses, which no host has. */
export type Placement = 'host' | 'network' | 'broadcast' | 'outside'

export const placementIn = (ip: Ip4, lease: { readonly yiaddr: Ip4; readonly mask: Ip4 }): Placement => {
  const network = maskedBy(lease.yiaddr, lease.mask)
  if (maskedBy(ip, lease.mask) !== network) return 'outside'
  const prefixLength = prefixLengthOf(lease.mask)
  return roleIn({ network, prefixLength }, ip)
}

/** The leases that were offered to a machine which boots, or given to it without an offer; the first of each server. */
export const leasesOf = (boot: Boot): Reply[] => {
  const leases = [...allOffers(boot), ...boot.exchanges.flatMap(({ acks }) => acks)].filter(
    reply => isLease(reply) && !reply.foreignClass,
  )
  return leases.filter((lease, i) => leases.findIndex(({ server }) => server === lease.server) === i)
}
