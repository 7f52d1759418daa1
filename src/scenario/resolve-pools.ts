/**
 * Pools of addresses: inside a subnet the server can serve, and free of addresses that somebody has. A pool may be
 * smaller than the number of machines, and two servers may lease the same: such sites exist.
 */
import { contains, formatCidr, formatIp4, isWithin, roleIn, type Ip4 } from '../core/address.ts'
import { type Checking, entriesOf } from './checking.ts'
import type { AddressSpan } from '../document/parts.ts'
import type { Path } from '../document/located.ts'
import type { Pool, WrittenSpan } from '../servers/kind.ts'
import type { Subnet } from './model.ts'
import { type Addresses, sameHostIn } from './resolve-network.ts'

export const resolvePools = (
  checking: Checking,
  network: Addresses,
  server: string,
  on: string,
  spans: readonly WrittenSpan[],
): Pool[] => {
  const pools: Pool[] = []
  for (const { span, path } of spans) {
    const at = ['servers', server, ...path]
    const subnet = subnetOfPool(checking, network, on, span, at)
    if (!subnet) continue
    const overlapping = pools.find(pool => span.first <= pool.last && span.last >= pool.first)
    if (overlapping)
      checking.complain(
        at,
        `the pool overlaps ${formatIp4(overlapping.first)}-${formatIp4(overlapping.last)}`,
      )
    checkTaken(checking, network, span, at)
    pools.push({
      subnet: subnet.name,
      first: span.first,
      last: span.last,
      prefixLength: subnet.cidr.prefixLength,
      router: network.gatewayOf(subnet.name),
    })
  }
  return pools
}

const spanText = ({ first, last }: AddressSpan): string => `${formatIp4(first)}-${formatIp4(last)}`

const subnetOfPool = (
  checking: Checking,
  network: Addresses,
  on: string,
  span: AddressSpan,
  path: Path,
): Subnet | undefined => {
  const own = network.subnets.find(({ name }) => name === on)
  const subnet = network.subnets.find(({ cidr }) => contains(cidr, span.first))
  const isIn = subnet && contains(subnet.cidr, span.last)
  // A subnet that is wrong itself, or not there, has been complained about.
  if (!own) return undefined
  if (!isIn) {
    const moved = { first: sameHostIn(own.cidr, span.first), last: sameHostIn(own.cidr, span.last) }
    checking.complain(
      path,
      `the pool ${spanText(span)} extends outside subnet ${own.name} (${formatCidr(own.cidr)})`,
      {
        nearest: moved.first <= moved.last ? spanText(moved) : undefined,
      },
    )
    return undefined
  }
  if (subnet.name !== on && network.gatewayOf(subnet.name) === undefined) {
    checking.complain(
      path,
      `the pool is in subnet ${subnet.name}, which no router joins, so the server cannot serve it`,
    )
    return undefined
  }
  const { cidr } = subnet
  if (roleIn(cidr, span.first) === 'network' || roleIn(cidr, span.last) === 'broadcast')
    checking.complain(path, `the pool contains the network or broadcast address of subnet ${subnet.name}`)
  return subnet
}

const checkTaken = (checking: Checking, network: Addresses, span: AddressSpan, path: Path): void => {
  const inside = (ip: Ip4): boolean => isWithin(ip, span.first, span.last)
  for (const [name, server] of entriesOf(checking.form.servers))
    if (inside(server.address))
      checking.complain(path, `the pool contains ${formatIp4(server.address)}, the address of ${name}`)
  for (const { name, joins } of network.routers)
    for (const { address } of joins)
      if (inside(address))
        checking.complain(path, `the pool contains ${formatIp4(address)}, the address of ${name}`)
}
