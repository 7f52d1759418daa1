/**
 * The servers, relays and Notification Servers of a scenario, ready to start on their hosts. One adapter per kind
 * turns the checked model into what the kind's own room expects. Does not run anything itself.
 */
import type { Ip4 } from '../core/address.ts'
import { type Random } from '../core/random.ts'
import { latin1Bytes } from '../core/bytes.ts'
import type { TraceSink } from '../core/trace.ts'
import type { ImageStore } from '../nbs/images.ts'
import { NotificationServer } from '../deployment/notification-server.ts'
import { RelayService } from '../servers/relay.ts'
import type { BuiltNetwork } from './build-network.ts'
import { drawer } from '../document/draw.ts'
import type { Images, Router, Scenario, Server } from '../scenario/model.ts'
import { dhcpServer } from './serve-dhcp.ts'
import { foreignServer } from './serve-foreign.ts'
import { nbsServer } from './serve-nbs.ts'
import type { NotificationServers, RunningServer, Workshop } from './running-server.ts'
import type { SiteRun } from './site/site-run.ts'

export interface BuiltServers {
  readonly servers: ReadonlyMap<string, RunningServer>
  readonly notificationServers: NotificationServers
}

export const buildServers = (
  scenario: Scenario,
  built: BuiltNetwork,
  random: Random,
  trace: TraceSink,
  imagesOf: (images: Images | undefined) => ImageStore,
  site?: SiteRun,
): BuiltServers => {
  const { clock } = built.network
  const notificationServers = new Map(
    scenario.notificationServers.map(known => {
      const delay = drawer(known.delay, random.fork(known.name))
      return [
        known.name,
        new NotificationServer({
          policy: known,
          knowledge: site?.book(known.name),
          clock,
          delay,
          unreachable: known.unreachable,
        }),
      ]
    }),
  )
  const servers = new Map<string, RunningServer>()
  for (const server of scenario.servers) {
    const place = {
      name: server.name,
      subnet: server.on,
      ip: server.address,
      gateway: server.gateway,
      link: server.link,
      otherIp: server.kind === 'foreign' ? server.otherAddress : undefined,
    }
    const host = built.addHost(place)
    const workshop = {
      scenario,
      host,
      random: random.fork(server.name),
      trace,
      imagesOf,
      notificationServers,
      site,
    }
    servers.set(server.name, buildServer(server, workshop))
  }
  for (const router of scenario.routers) startRelay(router, built, trace)
  return { servers, notificationServers }
}

const buildServer = (server: Server, workshop: Workshop): RunningServer => {
  switch (server.kind) {
    case 'dhcp':
      return dhcpServer(server, workshop)
    case 'nbs':
      return nbsServer(server, workshop)
    case 'foreign':
      return foreignServer(server, workshop)
  }
}

const startRelay = (router: Router, built: BuiltNetwork, trace: TraceSink): void => {
  const host = built.hosts.get(router.name)
  if (!host || router.relay.length === 0) return
  const targets = new Map<string, readonly Ip4[]>()
  const circuits = new Map<string, Uint8Array>()
  router.joins.forEach(({ subnet }, index) => {
    const relay = router.relay.find(entry => entry.subnet === subnet)
    const face = host.interfaces[index]!.name
    if (relay)
      targets.set(
        face,
        relay.to.map(target => target.address),
      )
    if (relay && router.option82) circuits.set(face, circuitId(subnet))
  })
  void new RelayService(
    host,
    { servers: targets, ...(router.option82 && { agentInformation: circuits }) },
    trace,
  ).start()
}

/** RFC 3046 §3.1: sub-option 1. */
const circuitId = (name: string): Uint8Array => Uint8Array.of(1, name.length, ...latin1Bytes(name))
