/**
 * `no-dhcp-server`: a machine asked as PXE client and was offered no address. In a scenario file: nobody leases
 * addresses on a subnet with machines.
 */
import { SECOND } from '../../../core/micros.ts'
import { type Evidence, NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import {
  type Boot,
  allOffers,
  allRequests,
  goesOn,
  isLease,
  isPxeOffer,
} from '../../conversations/conversation.ts'
import { evidence, isOver, showDiscover, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ANSWER_PATIENCE } from '../../limits.ts'
import { ascending, listed } from '../../words.ts'
import { discoversOf } from './discovers.ts'

export const meta = {
  id: 'no-dhcp-server',
  severity: 'error',
  meaning: 'a PXE client was offered no address',
  origins: {
    capture: {
      holdsWhen: 'the DISCOVER of a PXE client was answered by PXE OFFERs only, or not at all',
      isNot: 'a unicast OFFER missing from the capture, if a REQUEST names its server',
      confidence: '`inferred`; `possible` where unicasts are not visible',
      remedy: 'start the DHCP server, free addresses in its pool, or add the server to the helper list',
    },
    lint: {
      meaning: 'no DHCP server leases addresses on a subnet with machines',
      holdsWhen:
        'no server has addresses for the subnet of a group of machines, or no relay agent forwards to the server that has',
      remedy: 'put a DHCP server on the subnet, or set a helper address to one that has a pool for it',
    },
  },
  consequences: [
    { of: 'relay-answered-by-broadcast', share: ['clients'] },
    { of: 'late-link', share: ['clients'] },
    { of: 'packet-dropped', share: ['clients'] },
  ],
} as const satisfies FindingMeta

export type NoDhcpServer = {
  /** PXE servers that answered without an address. */
  readonly proxies: readonly string[]
  readonly discovers: number
}

export const test: RuleTest<NoDhcpServer> = (boot, context) => {
  const asksToBoot = boot.asks === 'pxe' || (boot.asks === 'http' && boot.followedBy !== 'pxe')
  if (!asksToBoot || !boot.whole || goesOn(boot)) return NO_REPORTS
  const offers = allOffers(boot)
  // A REQUEST names a server, even where its unicast OFFER cannot be seen.
  if (allRequests(boot).length > 0 || offers.some(isLease)) return NO_REPORTS
  const proxies = offers.filter(isPxeOffer)
  const last = boot.exchanges.at(-1)?.lastDiscoverAt ?? boot.lastAt
  const patience = proxies.length > 0 ? ANSWER_PATIENCE : 2 * ANSWER_PATIENCE
  const discovers = discoversOf(boot)
  if (discovers < (proxies.length > 0 ? 2 : 3) && !isOver(boot, context, last, patience)) return NO_REPORTS
  const hidden =
    !boot.exchanges.some(exchange => exchange.wantsBroadcast) && !context.showsUnicasts(boot.segment)
  const servers = ascending(proxies.map(offer => offer.server))
  return [
    {
      confidence: hidden ? 'possible' : 'inferred',
      servers,
      details: { proxies: servers.map(context.names.server), discovers },
      evidence: [
        ...showDiscover(boot, context),
        ...proxies.slice(0, 3).map(offer => showReply(offer, context)),
        ...showTries(boot),
      ],
    },
  ]
}

const showTries = (boot: Boot): Evidence[] => {
  const exchange = boot.exchanges.at(-1)
  const first = exchange?.firstDiscover
  return first && exchange.discovers > 1
    ? [
        evidence(
          first,
          `sent ${exchange.discovers} times in ${(exchange.lastDiscoverAt - first.at) / SECOND} s`,
        ),
      ]
    : []
}

export const sentences = ({ proxies }: NoDhcpServer): Sentences => ({
  text:
    proxies.length > 0
      ? `${listed(proxies)} answered as PXE server, but no DHCP server offered an address.`
      : 'the DISCOVER was not answered: neither an address nor a PXE server was offered in this capture.',
  because:
    'A PXE server only adds boot information; the address must come from a DHCP server. The DHCP server is stopped, its pool is exhausted, or the relay agent does not reach it; or the switch port of the machine does not forward yet when it asks (spanning tree, LACP, EEE), which a capture elsewhere does not show.',
  remedy:
    'Check that the DHCP server is running, has free addresses for this subnet, and is in the helper list of the router; make the port of the machine an edge port (portfast), and let LACP fall back to one link.',
})
