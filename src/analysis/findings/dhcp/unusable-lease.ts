/**
 * `unusable-lease`: the address that is leased cannot be a machine's.
 */
import { formatIp4, isUnspecified } from '../../../core/address.ts'
import { NO_REPORTS, type Report, type RuleTest, type Sentences } from '../../capture-rule.ts'
import type { Reply } from '../../conversations/reply.ts'
import { showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { leasesOf, placementIn } from './lease-subnet.ts'

export const meta = {
  id: 'unusable-lease',
  severity: 'error',
  meaning: 'the leased address belongs to the subnet itself or to a server',
  origins: {
    capture: {
      holdsWhen:
        'a booting machine is offered the network or broadcast address of its subnet, or an address of the server (option 54, siaddr, or the source of the OFFER)',
      isNot: 'a subnet of two addresses (RFC 3021)',
      remedy: 'exclude the address from the pool',
    },
    lint: {
      holdsWhen: 'a pool contains the network or broadcast address given by the mask of its leases',
      remedy: 'exclude the address from the pool',
    },
  },
} as const satisfies FindingMeta

export type UnusableLease = {
  readonly server: string
  readonly address: string
  readonly mask?: string
  readonly fault: 'network' | 'broadcast' | 'serverAddress'
}

export const test: RuleTest<UnusableLease> = (boot, context) => {
  if (boot.asks === 'other' && !boot.firmware.bootsByDhcpAlone) return NO_REPORTS
  const { server: name } = context.names
  return leasesOf(boot).flatMap((lease): Report<UnusableLease>[] => {
    const fault = faultOf(lease)
    if (fault === undefined) return []
    return [
      {
        confidence: 'seen',
        servers: [lease.server],
        details: {
          server: name(lease.server),
          address: formatIp4(lease.yiaddr),
          ...(lease.mask !== undefined && { mask: formatIp4(lease.mask) }),
          fault,
        },
        evidence: [showReply(lease, context)],
      },
    ]
  })
}

const faultOf = ({
  yiaddr,
  mask,
  siaddr,
  source,
  serverIdentifier,
}: Reply): UnusableLease['fault'] | undefined => {
  if ([serverIdentifier, source, siaddr].includes(yiaddr)) return 'serverAddress'
  if (mask === undefined || isUnspecified(mask)) return undefined
  const placement = placementIn(yiaddr, { yiaddr, mask })
  return placement === 'network' || placement === 'broadcast' ? placement : undefined
}

export const sentences = ({ server, address, mask, fault }: UnusableLease): Sentences => ({
  text:
    fault === 'serverAddress'
      ? `${server} leases ${address}, which is the address of a server.`
      : `${server} leases ${address}, which is the ${fault} address of the subnet (mask ${mask ?? 'none'}).`,
  because:
    fault === 'serverAddress'
      ? 'A pool that contains server addresses leases one of them sooner or later; from then on neither host works reliably.'
      : 'Strict firmware rejects such an address: EDK2 declines it and gives up. The pool extends beyond its subnet, or the mask does not match the pool.',
  remedy: `Exclude ${address} from the pool of ${server}${fault === 'serverAddress' ? '' : ', or correct the mask (option 1)'}.`,
})
