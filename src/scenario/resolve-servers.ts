/**
 * Servers: what all kinds have in common is found here, the rest by each kind's own description. Addresses of the hosts
 * themselves are checked in `resolve-network.ts`, pools in `resolve-pools.ts`.
 */
import { type Server, poolSpans } from '../servers/kind.ts'
import { OWN_CABLE, resolveLink } from '../servers/parts/place.ts'
import { type Checking, entriesOf } from './checking.ts'
import type { Addresses } from './resolve-network.ts'
import { resolvePools } from './resolve-pools.ts'

export const resolveServers = (checking: Checking, network: Addresses): Server[] =>
  entriesOf(checking.form.servers).map(([name, form]) => {
    const path = ['servers', name]
    const kind = checking.surroundings.kinds.of(form)
    const spans = kind.spans?.(form) ?? poolSpans(form.pool)
    return kind.resolve(form, {
      server: {
        name,
        on: form.on,
        address: form.address,
        gateway: network.gatewayOf(form.on),
        link: form.link && resolveLink(form.link, OWN_CABLE),
        pools: resolvePools(checking, network, name, form.on, spans),
      },
      check: checking.at(...path),
      isNotificationServer: (other, at) => checking.known(['notificationServers'], other, [...path, ...at]),
      directoryExists: directory => checking.surroundings.exists(directory, 'directory'),
      fileExists: file => checking.surroundings.exists(file, 'file'),
    })
  })
