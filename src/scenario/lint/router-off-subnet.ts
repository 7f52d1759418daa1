/**
 * `router-off-subnet`: a server leases addresses with a router that is no host of their subnet.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import {
  type RouterOffSubnet,
  sentences as captureSentences,
} from '../../analysis/findings/dhcp/router-off-subnet.ts'
import { placementIn } from '../../analysis/findings/dhcp/lease-subnet.ts'
import { formatIp4 } from '../../core/address.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { firstOfEach, staticLeases } from './static-leases.ts'

export const test: LintTest<RouterOffSubnet> = ({ scenario }) =>
  firstOfEach(
    staticLeases(scenario).flatMap(({ server, first, mask, router }): LintReport<RouterOffSubnet>[] => {
      const placement = router === undefined ? 'host' : placementIn(router, { yiaddr: first, mask })
      if (router === undefined || placement === 'host') return []
      return [
        {
          path: ['servers', server, 'options'],
          servers: [server],
          details: {
            server,
            address: formatIp4(first),
            mask: formatIp4(mask),
            router: formatIp4(router),
            placement,
          },
        },
      ]
    }),
  )

export const sentences = (details: RouterOffSubnet): Sentences => captureSentences(details)
