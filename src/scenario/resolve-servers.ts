/**
 * Servers: references, options, and what a DHCP server and an NBS need. Addresses of the hosts themselves are checked
 * in `resolve-network.ts`, pools in `resolve-pools.ts`.
 */
import { contains, formatIp4 } from '../core/address.ts'
import { type Checking, entriesOf } from './checking.ts'
import type { DhcpForm, NbsForm } from './format-servers.ts'
import type { Path } from '../document/located.ts'
import type { DhcpServer, NbsServer, Pool, Server } from './model.ts'
import { resolveOptions } from './options.ts'
import { resolvePolicy } from './policy.ts'
import { resolveNbsBsdp } from './resolve-bsdp.ts'
import { resolveForeign } from './resolve-foreign.ts'
import type { Addresses } from './resolve-network.ts'
import { resolvePools } from './resolve-pools.ts'
import { baseOf, resolveImages } from './server-parts.ts'

export const resolveServers = (checking: Checking, network: Addresses): Server[] =>
  entriesOf(checking.form.servers).map(([name, form]) => {
    switch (form.kind) {
      case 'dhcp':
        return resolveDhcp(checking, network, name, form)
      case 'nbs':
        return resolveNbs(checking, network, name, form)
      case 'foreign':
        return resolveForeign(checking, network, name, form)
    }
  })

const resolveDhcp = (checking: Checking, network: Addresses, name: string, form: DhcpForm): DhcpServer => {
  const path = ['servers', name]
  const pools = resolvePools(checking, network, name, form.on, form.pool)
  return {
    kind: 'dhcp',
    ...baseOf(network, name, form, form.responseDelay),
    pools: form.router === undefined ? pools : withRouter(checking, pools, form.router, [...path, 'router']),
    options: resolveOptions(checking, form.options, [...path, 'options']),
    bootFile: form.bootFile,
    nextServer: form.nextServer,
    leaseTime: form.leaseTime,
    answers: form.answers,
    engine: form.engine,
    tftp: form.tftp,
    images: form.images === undefined ? undefined : resolveImages(checking, form.images, [...path, 'images']),
  }
}

const withRouter = (
  checking: Checking,
  pools: readonly Pool[],
  router: NonNullable<DhcpForm['router']>,
  path: Path,
): Pool[] => {
  if (router === 'none') return pools.map(pool => ({ ...pool, router: undefined }))
  const subnets = checking.form.subnets
  const fits = pools.some(({ subnet }) => contains(subnets[subnet]!.cidr, router))
  if (pools.length > 0 && !fits)
    checking.complain(path, `${formatIp4(router)} is in no subnet of the pool, so no machine could reach it`)
  return pools.map(pool => (contains(subnets[pool.subnet]!.cidr, router) ? { ...pool, router } : pool))
}

const resolveNbs = (checking: Checking, network: Addresses, name: string, form: NbsForm): NbsServer => {
  const path = ['servers', name]
  if (form.notificationServer !== undefined)
    checking.known(['notificationServers'], form.notificationServer, [...path, 'notificationServer'])
  else if (!form.stalePolicy)
    checking.complain(path, 'an NBS needs a notificationServer to ask, or a stalePolicy', { side: 'key' })
  return {
    kind: 'nbs',
    ...baseOf(network, name, form, form.responseDelay),
    notificationServer: form.notificationServer,
    stalePolicy: form.stalePolicy && resolvePolicy(form.stalePolicy),
    images: form.images === undefined ? undefined : resolveImages(checking, form.images, [...path, 'images']),
    without: form.without,
    style: form.style,
    services: form.services,
    boot4011: form.boot4011,
    allow: form.allow,
    deny: form.deny,
    minimumSecs: form.minimumSecs,
    arches: form.arches,
    menu: form.menu,
    bootServerType: form.bootServerType,
    discovery: { broadcast: form.discovery.broadcast, multicast: form.discovery.multicast },
    whenUnreachable: form.whenUnreachable,
    bsdp: form.bsdp && resolveNbsBsdp(checking, form.bsdp, [...path, 'bsdp']),
  }
}
