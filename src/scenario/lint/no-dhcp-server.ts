/**
 * `no-dhcp-server`: nobody leases addresses on a subnet with machines.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { leasesOn } from './topology.ts'

export type NoDhcpServer = {
  readonly subnet: string
  /** It has addresses for the subnet, and no relay leads there. */
  readonly elsewhere?: string
}

export const test: LintTest<NoDhcpServer> = topology =>
  topology.scenario.clients.flatMap((group): LintReport<NoDhcpServer>[] => {
    if (topology.reached(group.on).some(({ server }) => leasesOn(topology.scenario, server, group.on)))
      return []
    const elsewhere = topology.scenario.servers.find(server =>
      leasesOn(topology.scenario, server, group.on),
    )?.name
    return [
      {
        path: ['clients', group.name, 'on'],
        servers: elsewhere === undefined ? [] : [elsewhere],
        details: { subnet: group.on, ...(elsewhere !== undefined && { elsewhere }) },
      },
    ]
  })

export const sentences = ({ subnet, elsewhere }: NoDhcpServer): Sentences => ({
  text:
    elsewhere === undefined
      ? `no DHCP server has addresses for subnet ${subnet}.`
      : `no relay agent forwards from subnet ${subnet} to ${elsewhere}, which has addresses for it.`,
  because: 'Without a lease no machine boots from the network, even if a PXE server answers.',
  remedy:
    elsewhere === undefined
      ? `Put a DHCP server on ${subnet}, or give another DHCP server a pool for it and relay to that server.`
      : `Add ${elsewhere} to the helper list of ${subnet} (routers: relay).`,
})
