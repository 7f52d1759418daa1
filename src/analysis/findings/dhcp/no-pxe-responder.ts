/**
 * `no-pxe-responder`: a machine asked as PXE client and got nothing but an address.
 */
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { type Boot, allOffers, allRequests, goesOn, isLease } from '../../conversations/conversation.ts'
import { isOver, showDiscover, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { CHAIN_WINDOW } from '../../limits.ts'
import { ascending, listed } from '../../words.ts'
import { denialOf } from './client-denied.ts'
import { discoversOf } from './discovers.ts'

export const meta = {
  id: 'no-pxe-responder',
  severity: 'error',
  meaning: 'the machine asked as PXE client and got nothing but an address',
  origins: {
    capture: {
      severity: 'warning for a chain-loaded iPXE, which may carry its script with it',
      holdsWhen:
        'the machine asked as PXE client and got leases only, none with a boot file, and went on or asked again in vain',
      isNot:
        'DHCP that names a boot file; U-Boot and others that do not say `PXEClient`; an offer that came late; a capture that ends right after the lease',
      confidence: '`inferred`; `possible` for a chain-loaded iPXE',
      remedy: 'start the NBS, enable its policy, add it to the helper list, or let unknown computers boot',
    },
  },
} as const satisfies FindingMeta

export type NoPxeResponder = {
  readonly leasing: readonly string[]
  readonly discovers: number
  /** An iPXE that another loader started. */
  readonly chainLoaded: boolean
  /** Only a probe knows: other kinds of machine were offered a boot file. */
  readonly servedElsewhere?: boolean
}

export const test: RuleTest<NoPxeResponder> = (boot, context) => {
  if (boot.asks !== 'pxe' || !boot.whole || goesOn(boot)) return NO_REPORTS
  const offers = allOffers(boot)
  const leases = offers.filter(offer => isLease(offer) && !offer.foreignClass)
  // A DHCP server that names a boot file serves PXE clients the plain way.
  if (leases.length === 0 || offers.some(offer => offer.pxe || offer.file !== undefined)) return NO_REPORTS
  // It did not come to that.
  if (denialOf(boot)) return NO_REPORTS
  const discovers = discoversOf(boot)
  if (allRequests(boot).length === 0 && discovers < 3 && !isOver(boot, context, leases[0]!.seen.at))
    return NO_REPORTS
  const chainLoaded = boot.firmware.loader !== undefined && wasChainLoaded(boot)
  const servers = ascending(leases.map(lease => lease.server))
  return [
    {
      // A chain-loaded iPXE may carry its script with it and want nothing but an address.
      ...(chainLoaded ? { severity: 'warning' as const } : {}),
      confidence: chainLoaded ? 'possible' : 'inferred',
      servers,
      details: { leasing: servers.map(context.names.server), discovers, chainLoaded },
      evidence: [
        ...showDiscover(boot, context),
        ...leases.slice(0, 3).map(lease => showReply(lease, context)),
      ],
    },
  ]
}

const wasChainLoaded = (boot: Boot): boolean =>
  boot.previous !== undefined && boot.openedAt - boot.previous.at <= CHAIN_WINDOW

export const sentences = ({ leasing }: NoPxeResponder): Sentences => ({
  text: `${listed(leasing)} offered an address, but no PXE server answered and no boot file was named.`,
  because:
    'No Network Boot Service heard the DISCOVER, or it ignores this kind of machine: none on the subnet, its service stopped, no helper address for it, or its answer dropped by the switch (DHCP snooping).',
  remedy:
    'Check that the Network Boot Service of this subnet runs and its policy is enabled; behind a router, add its address to the helper list beside the DHCP server; let unknown computers boot if this one is unknown.',
})
