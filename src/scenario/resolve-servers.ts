/**
 * Servers: what all kinds have in common is found here, the rest by each kind's own description. Addresses of the hosts
 * themselves are checked in `resolve-network.ts`, pools in `resolve-pools.ts`.
 */
import type { Server } from '../servers/kind.ts'
import { OWN_CABLE, resolveLink } from '../servers/parts/place.ts'
import { type Checking, entriesOf } from './checking.ts'
import type { Addresses } from './resolve-network.ts'
import { resolvePools } from './resolve-pools.ts'

export const resolveServers = (checking: Checking, network: Addresses): Server[] =>
  entriesOf(checking.form.servers).map(([name, form]) => {
    const path = ['servers', name]
    return checking.surroundings.kinds.of(form).resolve(form, {
      server: {
        name,
        on: form.on,
        address: form.address,
        gateway: network.gatewayOf(form.on),
        link: form.link && resolveLink(form.link, OWN_CABLE),
        pools: resolvePools(checking, network, name, form.on, form.pool ?? []),
      },
      check: checking.at(...path),
      isNotificationServer: (other, at) => checking.known(['notificationServers'], other, [...path, ...at]),
      directoryExists: checking.surroundings.exists,
    })
  })
