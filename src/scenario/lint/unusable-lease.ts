/**
 * `unusable-lease`: a pool holds the network or broadcast address of the mask that goes with its leases. (Those of the
 * subnet itself no file can name.)
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import {
  type UnusableLease,
  sentences as captureSentences,
} from '../../analysis/findings/dhcp/unusable-lease.ts'
import { placementIn } from '../../analysis/findings/dhcp/lease-subnet.ts'
import {
  type Ip4,
  directedBroadcast,
  formatIp4,
  isWithin,
  maskedBy,
  prefixLengthOf,
} from '../../core/address.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { type StaticLease, firstOfEach, staticLeases } from './static-leases.ts'

export const test: LintTest<UnusableLease> = ({ scenario }) =>
  firstOfEach(
    staticLeases(scenario).flatMap((lease): LintReport<UnusableLease>[] => {
      const found = unusableIn(lease)
      if (!found) return []
      const { server, mask } = lease
      return [
        {
          path: ['servers', server, 'pool'],
          servers: [server],
          details: { server, address: formatIp4(found.address), mask: formatIp4(mask), fault: found.fault },
        },
      ]
    }),
  )

/** The ends of a pool, and what lies beside the borders of its subnets, are all that can be unusable. */
const unusableIn = ({
  first,
  last,
  mask,
}: StaticLease): { address: Ip4; fault: 'network' | 'broadcast' } | undefined => {
  const broadcast = directedBroadcast({
    network: maskedBy(first, mask),
    prefixLength: prefixLengthOf(mask),
  })
  for (const address of [first, ...(isWithin(broadcast, first, last) ? [broadcast] : [])]) {
    const fault = placementIn(address, { yiaddr: address, mask })
    if (fault === 'network' || fault === 'broadcast') return { address, fault }
  }
  return undefined
}

export const sentences = (details: UnusableLease): Sentences => captureSentences(details)
