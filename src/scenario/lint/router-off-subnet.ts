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
import { staticLeases } from './static-leases.ts'

export const test: LintTest<RouterOffSubnet> = topology =>
  topology.scenario.servers.flatMap(server =>
    topology.scenario.subnets
      .flatMap(({ name }) => staticLeases(server, name))
      .flatMap(({ first: yiaddr, mask, router }): LintReport<RouterOffSubnet>[] => {
        const placement = router === undefined ? 'host' : placementIn(router, { yiaddr, mask })
        if (router === undefined || placement === 'host') return []
        return [
          {
            path: ['servers', server.name, 'options'],
            servers: [server.name],
            details: {
              server: server.name,
              address: formatIp4(yiaddr),
              mask: formatIp4(mask),
              router: formatIp4(router),
              placement,
            },
          },
        ]
      })
      .slice(0, 1),
  )

export const sentences = (details: RouterOffSubnet): Sentences => captureSentences(details)
