/**
 * What a rule of `lint` sees of a scenario: who hears a machine's DISCOVER on each subnet, directly or by a helper
 * list, and which role a server has. Static: delays, faults and policies are not looked at.
 */
import type { Ip4 } from '../../core/address.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import type { Path } from '../../document/located.ts'
import type { NbsServer, Router, Scenario, Server } from '../model.ts'

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

export const isNbs = (server: Server): server is NbsServer =>
  server.kind === 'nbs' && server.services.pxe === 'on'

/** A PXE responder that is no NBS. */
export const isForeignPxe = (server: Server): boolean =>
  server.kind === 'foreign' &&
  server.answers !== 'silent' &&
  server.answers !== 'silent-but-nak-others' &&
  [server, ...server.also].some(offer => offer.role !== 'dhcp')

/** Leases addresses on this subnet. */
export const leasesOn = (server: Server, subnet: string): boolean => {
  if (server.kind === 'nbs') return false
  if (server.kind === 'foreign' && [server, ...server.also].every(offer => offer.role === 'proxy'))
    return false
  return server.pools.some(pool => pool.subnet === subnet)
}

export const saysPxeClient = (options: readonly DhcpOption[]): boolean =>
  options.some(
    ({ code, value }) =>
      code === OPTION.classIdentifier && String.fromCharCode(...value.subarray(0, 9)) === 'PXEClient',
  )
