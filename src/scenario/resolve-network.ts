/**
 * Subnets, routers and who has which address: overlaps, hosts outside their subnet, addresses given twice, and the
 * addresses routers take where the file names none. Does not look at what servers do.
 */
import {
  ANY_IP4,
  type Cidr,
  type Ip4,
  contains,
  directedBroadcast,
  formatCidr,
  formatIp4,
  parseIp4,
  compareIp4,
  roleIn,
  withHostPart,
  ip4After,
  isWithin,
} from '../core/address.ts'
import { type Checking, entriesOf } from './checking.ts'
import type { AddressSpan } from '../document/parts.ts'
import type { Path } from '../document/located.ts'
import { nearestName } from '../document/nearest.ts'
import { resolveLink } from '../servers/parts/place.ts'
import { resolveSwitch } from './resolve-switch.ts'
import type { RelayTarget, Router, Subnet } from './model.ts'

/** Most subnets, routers and servers together; a scenario is a site, not an internet (docs/limits.md). */
const MAX_HOSTS = 4096

export interface Addresses {
  readonly subnets: readonly Subnet[]
  readonly routers: readonly Router[]
  /** The first router on a subnet. */
  gatewayOf(subnet: string): Ip4 | undefined
  /** Gives its owner the first free address of a subnet; undefined where none is left. */
  freeAddressOn(subnet: string, owner: string): Ip4 | undefined
}

export const resolveNetwork = (checking: Checking): Addresses => {
  const subnets = resolveSubnets(checking)
  const owners = resolveServerAddresses(checking, subnets)
  const routers = resolveRouters(checking, subnets, owners)
  const gateways = new Map<string, Ip4>()
  for (const { joins } of routers)
    for (const { subnet, address } of joins) if (!gateways.has(subnet)) gateways.set(subnet, address)
  return {
    subnets: [...subnets.values()],
    routers,
    gatewayOf: subnet => gateways.get(subnet),
    freeAddressOn: (subnet, owner) => {
      const known = subnets.get(subnet)
      const free = known && freeAddress(known.cidr, owners, poolsOf(checking))
      if (free !== undefined) owners.set(free, owner)
      return free
    },
  }
}

const resolveSubnets = (checking: Checking): ReadonlyMap<string, Subnet> => {
  const subnets = new Map<string, Subnet>()
  for (const [name, { cidr, link, switch: rules }] of entriesOf(checking.form.subnets))
    subnets.set(name, {
      name,
      cidr,
      link: resolveLink(link),
      ...(rules && { switch: resolveSwitch(checking, name, rules) }),
    })
  // Networks are nested or disjoint, so sorted by start an overlap shows between neighbours.
  const order = [...subnets.values()].map((subnet, index) => ({ subnet, index }))
  order.sort((a, b) => compareIp4(a.subnet.cidr.network, b.subnet.cidr.network) || a.index - b.index)
  let widest = order[0]
  for (const next of order.slice(1)) {
    if (!widest || next.subnet.cidr.network > directedBroadcast(widest.subnet.cidr)) {
      widest = next
      continue
    }
    const [first, second] =
      widest.index < next.index ? [widest.subnet, next.subnet] : [next.subnet, widest.subnet]
    checking.complain(
      ['subnets', second.name, 'cidr'],
      `${formatCidr(second.cidr)} overlaps ${first.name} (${formatCidr(first.cidr)})`,
    )
    if (directedBroadcast(next.subnet.cidr) > directedBroadcast(widest.subnet.cidr)) widest = next
  }
  return subnets
}

type Owners = Map<Ip4, string>

const resolveServerAddresses = (checking: Checking, subnets: ReadonlyMap<string, Subnet>): Owners => {
  const owners: Owners = new Map()
  const entries = entriesOf(checking.form.servers)
  if (entries.length + checking.declared('routers').length + subnets.size > MAX_HOSTS)
    checking.complain(['servers'], `more than ${MAX_HOSTS} subnets, routers and servers in total`, {
      side: 'key',
    })
  for (const [name, server] of entries) {
    const path = ['servers', name]
    if (!checking.known(['subnets'], server.on, [...path, 'on'])) continue
    const subnet = subnets.get(server.on)
    // Whoever is outside may have an address that nobody here knows.
    const isKnown = server.address !== ANY_IP4 || !checking.surroundings.kinds.of(server).attach
    if (subnet && isKnown) claim(checking, owners, subnet, server.address, name, [...path, 'address'])
    const others = checking.surroundings.kinds.of(server).otherAddresses?.(server) ?? {}
    for (const [field, address] of entriesOf(others))
      if (subnet && address !== undefined) claim(checking, owners, subnet, address, name, [...path, field])
  }
  claimSiteAddresses(checking, subnets, owners)
  return owners
}

/** Machines of the site that stand for themselves. */
const claimSiteAddresses = (
  checking: Checking,
  subnets: ReadonlyMap<string, Subnet>,
  owners: Owners,
): void => {
  for (const collection of ['notificationServers', 'siteServers'] as const)
    for (const [name, { on, address }] of entriesOf(checking.form.site?.[collection] ?? {})) {
      const subnet = on === undefined ? undefined : subnets.get(on)
      const path = ['site', collection, name, 'address']
      if (address === undefined || checking.isDeclared('servers', name)) continue
      if (subnet) claim(checking, owners, subnet, address, name, path)
      else if (on === undefined) checking.complain(path, 'an address needs its subnet (on:)', { side: 'key' })
    }
}

const claim = (
  checking: Checking,
  owners: Owners,
  subnet: Subnet,
  address: Ip4,
  owner: string,
  path: Path,
): void => {
  const { cidr, name } = subnet
  const earlier = owners.get(address)
  if (!contains(cidr, address))
    checking.complain(path, `${formatIp4(address)} is not in subnet ${name} (${formatCidr(cidr)})`, {
      nearest: formatIp4(sameHostIn(cidr, address)),
    })
  else if (roleIn(cidr, address) === 'network')
    checking.complain(path, `${formatIp4(address)} is the address of subnet ${name} itself`)
  else if (roleIn(cidr, address) === 'broadcast')
    checking.complain(path, `${formatIp4(address)} is the broadcast address of subnet ${name}`)
  else if (earlier !== undefined)
    checking.complain(path, `${formatIp4(address)} is already the address of ${earlier}`)
  else owners.set(address, owner)
}

/** The address with the same host part in another network: what was meant when a digit of the network is wrong. */
export const sameHostIn = (cidr: Cidr, address: Ip4): Ip4 => withHostPart(cidr, address)

const resolveRouters = (
  checking: Checking,
  subnets: ReadonlyMap<string, Subnet>,
  owners: Owners,
): Router[] => {
  const pools = poolsOf(checking)
  const entries = entriesOf(checking.form.routers)
  // Explicit addresses first, so that none is taken by a router that does not care.
  for (const [name, { joins }] of entries) {
    if (Array.isArray(joins)) continue
    for (const [subnet, address] of entriesOf(joins as Readonly<Record<string, Ip4>>)) {
      const known = subnets.get(subnet)
      if (known) claim(checking, owners, known, address, name, ['routers', name, 'joins', subnet])
    }
  }
  return entries.map(([name, form]) => {
    const joins = joinsOf(checking, name, form.joins).flatMap(({ subnet, address, path, side }) => {
      if (!checking.isDeclared('subnets', subnet)) {
        checking.unknownName('subnet', subnet, path, checking.declared('subnets'), side)
        return []
      }
      const known = subnets.get(subnet)
      if (!known) return []
      const chosen = address ?? freeAddress(known.cidr, owners, pools)
      if (chosen === undefined)
        checking.complain(path, `subnet ${subnet} has no free address left for ${name}`)
      else if (address === undefined) owners.set(chosen, name)
      return chosen === undefined ? [] : [{ subnet, address: chosen }]
    })
    return {
      name,
      joins,
      relay: resolveRelay(
        checking,
        name,
        form.relay,
        joins.length === countOf(form.joins) ? joins.map(join => join.subnet) : undefined,
        owners,
      ),
      option82: form.option82,
      knowsNeighbours: (form.arp ?? checking.form.arp) === 'warm',
    }
  })
}

const countOf = (joins: readonly string[] | Readonly<Record<string, Ip4>>): number =>
  Object.keys(joins).length

interface Join {
  readonly subnet: string
  readonly address: Ip4 | undefined
  readonly path: Path
  readonly side: 'key' | 'value'
}

const joinsOf = (
  checking: Checking,
  name: string,
  joins: readonly string[] | Readonly<Record<string, Ip4>>,
): readonly Join[] => {
  const path = ['routers', name, 'joins']
  if (!Array.isArray(joins))
    return entriesOf(joins as Readonly<Record<string, Ip4>>).map(([subnet, address]) => ({
      subnet,
      address,
      path: [...path, subnet],
      side: 'key',
    }))
  const list = joins as readonly string[]
  return list.flatMap((subnet, index): Join[] => {
    if (list.indexOf(subnet) < index) {
      checking.complain([...path, index], `${name} joins ${subnet} twice`)
      return []
    }
    return [{ subnet, address: undefined, path: [...path, index], side: 'value' }]
  })
}

const resolveRelay = (
  checking: Checking,
  router: string,
  relay: Readonly<Record<string, readonly string[]>>,
  /** Undefined where a join is wrong itself, and may be the one that was meant. */
  joined: readonly string[] | undefined,
  owners: Owners,
): Router['relay'] =>
  entriesOf(relay).map(([subnet, targets]) => {
    const path = ['routers', router, 'relay', subnet]
    if (!checking.isDeclared('subnets', subnet))
      checking.unknownName('subnet', subnet, path, checking.declared('subnets'), 'key')
    else if (joined && !joined.includes(subnet))
      checking.complain(path, `${router} does not join ${subnet}, so it receives no broadcasts there`, {
        side: 'key',
        nearest: nearestName(subnet, joined),
      })
    return {
      subnet,
      to: targets.flatMap((target, index) => resolveTarget(checking, target, [...path, index], owners)),
    }
  })

const resolveTarget = (checking: Checking, target: string, path: Path, owners: Owners): RelayTarget[] => {
  const address = parseIp4(target)
  if (address !== undefined) return [{ address, server: serverAt(checking, address, owners) }]
  if (!checking.known(['servers'], target, path)) return []
  const server = checking.form.servers[target]
  if (server?.address === ANY_IP4)
    checking.complain(path, `${target} has no address here: give it the one that it has`)
  return server ? [{ address: server.address, server: target }] : []
}

const serverAt = (checking: Checking, address: Ip4, owners: Owners): string | undefined => {
  const owner = owners.get(address)
  return owner !== undefined && checking.isDeclared('servers', owner) ? owner : undefined
}

const poolsOf = (checking: Checking): AddressSpan[] =>
  entriesOf(checking.form.servers).flatMap(
    ([, form]) =>
      checking.surroundings.kinds
        .of(form)
        .spans?.(form)
        .map(({ span }) => span) ??
      form.pool ??
      [],
  )

/** The first address of the subnet that nobody has and nobody leases. */
const freeAddress = (cidr: Cidr, owners: Owners, pools: readonly AddressSpan[]): Ip4 | undefined => {
  for (let ip = cidr.network; contains(cidr, ip); ip = ip4After(ip)) {
    if (roleIn(cidr, ip) !== 'host') continue
    const pool = pools.find(({ first, last: end }) => isWithin(ip, first, end))
    if (pool) ip = pool.last
    else if (!owners.has(ip)) return ip
  }
  return undefined
}
