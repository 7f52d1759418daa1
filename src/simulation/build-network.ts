/**
 * Subnets, routers and hosts of a scenario as a virtual network. Does not start anything on them.
 */
import { type Ip4, type Mac } from '../core/address.ts'
import type { Random } from '../core/random.ts'
import type { TraceSink } from '../core/trace.ts'
import type { Address } from '../network/port.ts'
import type { VirtualHost } from '../network/virtual/host.ts'
import { type HostTraits, SERVER_TRAITS } from '../network/virtual/host-traits.ts'
import type { VirtualInterface } from '../network/virtual/interface.ts'
import type { LinkRules } from '../network/virtual/link.ts'
import { VirtualNetwork } from '../network/virtual/network.ts'
import type { Port, Segment, Station } from '../network/virtual/segment.ts'
import type { Scenario, Subnet } from '../scenario/model.ts'

export interface BuiltNetwork {
  readonly network: VirtualNetwork
  readonly segments: ReadonlyMap<string, Segment>
  /** Routers, servers and machines by name. */
  readonly hosts: Map<string, VirtualHost>
  /** Plugs a host into a subnet. */
  addHost(place: Place): VirtualHost
  /** Plugs something else in that takes and sends frames. */
  plugIn(station: Station, subnet: string, link: LinkRules | undefined): Port
  /** Where a host, or what else is plugged in, has its cables. */
  portsOf(name: string): readonly Port[]
}

export interface Place {
  readonly name: string
  readonly subnet: string
  readonly ip?: Ip4 | undefined
  /** Further interfaces on the same subnet have these. */
  readonly otherIps?: readonly Ip4[]
  readonly gateway?: Ip4 | undefined
  readonly mac?: Mac
  readonly link?: LinkRules | undefined
  readonly traits?: HostTraits
}

export const buildNetwork = (scenario: Scenario, random: Random, trace: TraceSink): BuiltNetwork => {
  const network = new VirtualNetwork(random, trace)
  const segments = new Map(scenario.subnets.map(({ name, link }) => [name, network.addSegment(name, link)]))
  for (const { name, switch: rules } of scenario.subnets) segments.get(name)!.switch = rules
  const subnets = new Map(scenario.subnets.map(subnet => [subnet.name, subnet]))
  const hosts = new Map<string, VirtualHost>()
  for (const router of scenario.routers) {
    const attachments = router.joins.map(({ subnet, address }) => ({
      segment: segments.get(subnet)!,
      address: addressIn(subnets.get(subnet)!, address, undefined),
    }))
    hosts.set(router.name, network.addHost(router.name, attachments, { ...SERVER_TRAITS, forwards: true }))
  }
  const addHost = (place: Place): VirtualHost => {
    const { ip, otherIps = [], mac, link, gateway } = place
    const subnet = subnets.get(place.subnet)!
    const segment = segments.get(place.subnet)!
    const attachment = {
      segment,
      ...(ip !== undefined && { address: addressIn(subnet, ip, gateway) }),
      ...(mac !== undefined && { mac }),
      ...(link && { rules: link }),
    }
    const others = otherIps.map(other => ({ segment, address: addressIn(subnet, other, gateway) }))
    const host = network.addHost(place.name, [attachment, ...others], place.traits)
    hosts.set(place.name, host)
    return host
  }
  const plugged = new Map<string, Port>()
  const plugIn = (station: Station, subnet: string, link: LinkRules | undefined): Port => {
    const port = segments.get(subnet)!.attach(station)
    port.rules = link
    plugged.set(station.name, port)
    return port
  }
  const portsOf = (name: string): readonly Port[] => {
    const other = plugged.get(name)
    return other ? [other] : (hosts.get(name)?.interfaces.map(face => face.port) ?? [])
  }
  return { network, segments, hosts, addHost, plugIn, portsOf }
}

/** When everybody is plugged in: routers that were there before know who is beside them, and are known. */
export const introduceRouters = ({ routers }: Scenario, { hosts }: BuiltNetwork): void => {
  const warm = routers.filter(({ knowsNeighbours }) => knowsNeighbours).map(({ name }) => hosts.get(name)!)
  for (const router of warm)
    for (const face of router.interfaces)
      for (const host of hosts.values())
        if (host !== router) for (const other of host.interfaces) introduce(face, other)
}

const introduce = (face: VirtualInterface, other: VirtualInterface): void => {
  if (face.port.segment !== other.port.segment) return
  for (const { ip } of other.addresses) face.arp.know(ip, other.mac)
  if (other.addresses.length > 0) for (const { ip } of face.addresses) other.arp.know(ip, face.mac)
}

const addressIn = (subnet: Subnet, ip: Ip4, router: Ip4 | undefined): Address => ({
  ip,
  prefixLength: subnet.cidr.prefixLength,
  ...(router !== undefined && { router }),
})
