/**
 * `router-off-subnet`: a lease names a router that is no host of the machine's own subnet.
 */
import { formatIp4, isUnspecified } from '../../../core/address.ts'
import { NO_REPORTS, type Report, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { type Placement, leasesOf, placementIn } from './lease-subnet.ts'

export const meta = {
  id: 'router-off-subnet',
  severity: 'error',
  meaning: 'a lease names a router outside the subnet of the machine',
  origins: {
    capture: {
      holdsWhen:
        'a PXE client is offered a lease whose first router (option 3) is outside the subnet given by address and mask, or is the network or broadcast address of it',
      isNot: 'a lease without a router or without a mask; a subnet of two addresses (RFC 3021)',
      remedy: 'correct the router of the scope, or remove it if the subnet has none',
    },
    lint: {
      holdsWhen:
        'a DHCP server leases addresses with a router that is not a host address of the pool’s subnet',
      remedy: 'correct the router of the scope, or remove it if the subnet has none',
    },
  },
} as const satisfies FindingMeta

export type RouterOffSubnet = {
  readonly server: string
  readonly address: string
  readonly mask: string
  readonly router: string
  readonly placement: Exclude<Placement, 'host'>
}

export const test: RuleTest<RouterOffSubnet> = (boot, context) => {
  if (boot.asks !== 'pxe') return NO_REPORTS
  const { server: name } = context.names
  return leasesOf(boot).flatMap((lease): Report<RouterOffSubnet>[] => {
    const { router, mask, yiaddr } = lease
    if (router === undefined || mask === undefined || isUnspecified(router)) return []
    const placement = placementIn(router, { yiaddr, mask })
    if (placement === 'host') return []
    return [
      {
        confidence: 'seen',
        servers: [lease.server],
        details: {
          server: name(lease.server),
          address: formatIp4(yiaddr),
          mask: formatIp4(mask),
          router: formatIp4(router),
          placement,
        },
        evidence: [showReply(lease, context)],
      },
    ]
  })
}

const PLACEMENT_TEXT: Readonly<Record<RouterOffSubnet['placement'], string>> = {
  outside: 'is not on the subnet of that address',
  network: 'is the network address of the subnet',
  broadcast: 'is the broadcast address of the subnet',
}

export const sentences = ({ server, address, mask, router, placement }: RouterOffSubnet): Sentences => ({
  text: `${server} leases ${address} (mask ${mask}) with router ${router}, which ${PLACEMENT_TEXT[placement]}.`,
  because:
    'EDK2 passes the router to its TFTP driver, which accepts only a host on the machine’s own subnet: the boot ends there without a single TFTP packet. Other firmware does not check it. The usual cause is a scope copied from another VLAN.',
  remedy: `Correct the router (option 3) in the scope of ${server}, or remove it if this subnet has none.`,
})
