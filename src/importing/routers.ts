/**
 * Helper lists from routers' configurations, put in the place of those that a capture shows. Does not read configurations.
 */
import { type Ip4, contains, roleIn } from '../core/address.ts'
import type { PlacedRouter, Places } from './places.ts'
import { type RelayingInterface, describeInterface } from './router-config.ts'

/** `unused` is told of interfaces that belong to no subnet of the capture. */
export const configured = (
  places: Places,
  interfaces: readonly RelayingInterface[],
  unused: string[],
): Places => {
  if (interfaces.length === 0) return places
  const relaying = interfaces.filter(({ to }) => to.length > 0)
  const bySubnet = new Map<string, RelayingInterface>()
  for (const each of interfaces) {
    const { address } = each
    const subnet =
      address === undefined
        ? undefined
        : places.subnets.find(({ cidr }) => contains(cidr, address) && roleIn(cidr, address) === 'host')
    if (subnet) bySubnet.set(subnet.name, each)
    else if (relaying.includes(each))
      unused.push(`interface ${describeInterface(each)}: no machine of this capture is behind it`)
  }
  if (bySubnet.size === 0) return places
  const [first = NO_ROUTER, ...others] = places.routers
  const joins = new Map<string, Ip4>(first.joins)
  const relay = new Map(first.relay)
  for (const [subnet, { address, to }] of bySubnet) {
    joins.set(subnet, address!)
    relay.set(subnet, to)
    if (to.length === 0) relay.delete(subnet)
  }
  if (joins.size < 2) return places
  return {
    ...places,
    routers: [{ ...first, joins, relay }, ...others.map(router => without(router, bySubnet))],
  }
}

const NO_ROUTER: PlacedRouter = { name: 'router-1', joins: new Map(), relay: new Map(), option82: false }

/** What one router's configuration says is not said by another router. */
const without = (router: PlacedRouter, said: ReadonlyMap<string, unknown>): PlacedRouter => ({
  ...router,
  relay: new Map([...router.relay].filter(([subnet]) => !said.has(subnet))),
})
