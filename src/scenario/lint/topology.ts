/**
 * What a rule of `lint` sees of a scenario: who hears a machine's DISCOVER on each subnet, directly or by a helper
 * list, and which role a server has. Static: delays, faults and policies are not looked at.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Path } from '../../document/located.ts'
import type { LeaseWords, Server } from '../../servers/kind.ts'
import { type NbsServer, isNbs } from '../../servers/nbs/kind.ts'
import type { Router, Scenario } from '../model.ts'

/** A server that hears the DISCOVERs of a subnet, and by which way. */
export interface ReachedServer {
  readonly server: Server
  /** Undefined: it stands on the subnet itself. */
  readonly relay: { readonly router: string; readonly path: Path } | undefined
}

export interface Topology {
  readonly scenario: Scenario
  /** Servers that hear the DISCOVERs of its machines; each once, on-subnet first. */
  reached(subnet: string): readonly ReachedServer[]
  isUsed(subnet: string): boolean
}

export const topologyOf = (scenario: Scenario): Topology => {
  const used = new Set(scenario.clients.map(({ on }) => on))
  return {
    scenario,
    reached: subnet => reachedFrom(scenario, subnet),
    isUsed: subnet => used.has(subnet),
  }
}

const reachedFrom = ({ servers, routers }: Scenario, subnet: string): ReachedServer[] => {
  const found: ReachedServer[] = servers
    .filter(server => server.on === subnet)
    .map(server => ({ server, relay: undefined }))
  for (const target of relayTargets(routers)) {
    const server = servers.find(({ name }) => name === target.server)
    if (target.subnet === subnet && server && !found.some(other => other.server === server))
      found.push({ server, relay: { router: target.router, path: target.path } })
  }
  return found
}

export interface Target {
  readonly router: string
  readonly subnet: string
  readonly address: Ip4
  readonly server: string | undefined
  readonly path: Path
}

export const relayTargets = (routers: readonly Router[]): Target[] =>
  routers.flatMap(router =>
    router.relay.flatMap(({ subnet, to }) =>
      to.map(({ address, server }, index) => ({
        router: router.name,
        subnet,
        address,
        server,
        path: ['routers', router.name, 'relay', subnet, index],
      })),
    ),
  )

export const isAnsweringNbs = (server: Server): server is NbsServer =>
  isNbs(server) && server.services.pxe === 'on'

/** A PXE responder that is no NBS. */
export const isOtherPxe = ({ kinds }: Scenario, server: Server): boolean =>
  !isNbs(server) && (kinds.of(server).answersPxe?.(server) ?? false)

/** What it says with the addresses it leases on this subnet; undefined: it leases none there. */
export const leasesOn = ({ kinds }: Scenario, server: Server, subnet: string): LeaseWords | undefined =>
  server.pools.some(pool => pool.subnet === subnet) ? kinds.of(server).leases?.(server, subnet) : undefined
