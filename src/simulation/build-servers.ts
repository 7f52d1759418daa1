/**
 * The servers, relays and Notification Servers of a scenario, ready to start on their hosts. Each kind of server builds
 * its own. Does not run anything itself.
 */
import type { Ip4 } from '../core/address.ts'
import { type Random } from '../core/random.ts'
import { latin1Bytes } from '../core/bytes.ts'
import type { TraceSink } from '../core/trace.ts'
import type { WallClockWorld } from '../network/attach/attachment.ts'
import { Jack } from '../network/attach/jack.ts'
import { NotificationServer } from '../deployment/notification-server.ts'
import { RelayService } from '../servers/relay.ts'
import type { BuiltNetwork } from './build-network.ts'
import { drawer } from '../document/draw.ts'
import type { Router, Scenario } from '../scenario/model.ts'
import type { Attachments, RunningServer, Server, ServerContext, ServerKind } from '../servers/kind.ts'
import type { SiteRun } from './site/site-run.ts'

export interface BuiltServers {
  readonly servers: ReadonlyMap<string, RunningServer>
  readonly notificationServers: ServerContext['notificationServers']
}

export const buildServers = (
  scenario: Scenario,
  built: BuiltNetwork,
  random: Random,
  trace: TraceSink,
  imagesOf: ServerContext['imagesOf'],
  site?: SiteRun,
  wall?: WallClockSide,
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
    const kind = scenario.kinds.of(server)
    if (kind.attach) {
      servers.set(server.name, attachedServer(kind, server, { scenario, built, trace, imagesOf, wall }))
      continue
    }
    const host = built.addHost({
      name: server.name,
      subnet: server.on,
      ip: server.address,
      otherIps: Object.values(kind.otherAddresses?.(server) ?? {}).filter(ip => ip !== undefined),
      gateway: server.gateway,
      link: server.link,
    })
    const context = {
      host,
      random: random.fork(server.name),
      trace,
      imagesOf,
      notificationServers,
      site,
    }
    if (!kind.build) throw new RangeError(`kind ${kind.kind} can neither be built nor attached`)
    servers.set(server.name, kind.build(server, context))
  }
  for (const router of scenario.routers) startRelay(router, built, trace)
  return { servers, notificationServers }
}

/** What lives by the wall clock, and by what. */
export interface WallClockSide {
  readonly world: WallClockWorld
  readonly attachments: Attachments
}

interface AttachPlace extends Pick<ServerContext, 'trace' | 'imagesOf'> {
  readonly scenario: Scenario
  readonly built: BuiltNetwork
  readonly wall: WallClockSide | undefined
}

/** It has no host among the virtual ones: what answers there is outside. */
const attachedServer = (
  kind: ServerKind,
  server: Server,
  { scenario, built, trace, imagesOf, wall }: AttachPlace,
): RunningServer => {
  if (!wall || !kind.cardOf) throw new RangeError(`server ${server.name}: nothing can be attached here`)
  const { name, on } = server
  const jack = new Jack({
    name,
    mac: kind.cardOf(server),
    world: wall.world,
    join: station => built.plugIn(station, on, server.link),
  })
  const { prefixLength } = scenario.subnets.find(subnet => subnet.name === on)!.cidr
  const { attachments } = wall
  const { clock } = built.network
  return kind.attach!(server, { jack, clock, trace, imagesOf, attachments, prefixLength })
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
