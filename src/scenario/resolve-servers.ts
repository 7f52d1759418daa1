/**
 * Servers: pools, references, image directories, options, and what each kind needs. Addresses of the hosts
 * themselves are checked in `resolve-network.ts`.
 */
import { contains, directedBroadcast, formatCidr, formatIp4 } from '../core/address.ts'
import { type Checking, entriesOf } from './checking.ts'
import type { ImagesForm } from './format-options.ts'
import type { AddressSpan } from './format-parts.ts'
import type { DhcpForm, NbsForm, ServerForm } from './format-servers.ts'
import type { Path } from './located.ts'
import type { DhcpServer, ImageFile, Images, NbsServer, Pool, Server, ServerBase, Subnet } from './model.ts'
import { resolveOptions } from './options.ts'
import { resolvePolicy } from './policy.ts'
import { resolveForeign } from './resolve-foreign.ts'
import { type Addresses, OWN_CABLE, resolveLink, sameHostIn } from './resolve-network.ts'

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

export const baseOf = (
  network: Addresses,
  name: string,
  form: Pick<ServerForm, 'on' | 'address' | 'link'>,
  responseDelay: ServerBase['responseDelay'],
): ServerBase => ({
  name,
  on: form.on,
  address: form.address,
  gateway: network.gatewayOf(form.on),
  link: form.link && resolveLink(form.link, OWN_CABLE),
  responseDelay,
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
  }
}

export const resolveImages = (checking: Checking, form: ImagesForm, path: Path): Images => {
  if (typeof form !== 'string') return { kind: 'files', files: resolveFiles(form) }
  if (!checking.surroundings.exists(form))
    checking.complain(path, `there is no directory "${form}" (seen from the scenario file)`)
  return { kind: 'directory', path: form }
}

export const resolveFiles = (files: Readonly<Record<string, number | string>>): ImageFile[] =>
  entriesOf(files).map(([name, content]) =>
    typeof content === 'number' ? { name, size: content } : { name, text: content },
  )

export const resolvePools = (
  checking: Checking,
  network: Addresses,
  server: string,
  on: string,
  spans: readonly AddressSpan[],
): Pool[] => {
  // Written as one span or as a list: complain where the text is.
  const path = ['servers', server, 'pool']
  const pools: Pool[] = []
  for (const [index, span] of spans.entries()) {
    const at = spans.length === 1 ? path : [...path, index]
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
  if (!isIn) {
    // A subnet that is wrong itself has been complained about, and may be the one that was meant.
    if (!own && checking.isDeclared('subnets', on)) return undefined
    const nearest =
      own && spanText({ first: sameHostIn(own.cidr, span.first), last: sameHostIn(own.cidr, span.last) })
    const home = own ? `${own.name} (${formatCidr(own.cidr)})` : 'every subnet'
    checking.complain(path, `the pool ${spanText(span)} reaches outside subnet ${home}`, { nearest })
    return undefined
  }
  if (subnet.name !== on && network.gatewayOf(subnet.name) === undefined) {
    checking.complain(
      path,
      `the pool is in subnet ${subnet.name}, which no router joins, so the server cannot serve it`,
    )
    return undefined
  }
  if (span.first === subnet.cidr.network || span.last === directedBroadcast(subnet.cidr))
    checking.complain(path, `the pool contains the network or broadcast address of subnet ${subnet.name}`)
  return subnet
}

const checkTaken = (checking: Checking, network: Addresses, span: AddressSpan, path: Path): void => {
  const inside = (ip: number): boolean => ip >= span.first && ip <= span.last
  for (const [name, server] of entriesOf(checking.form.servers))
    if (inside(server.address))
      checking.complain(path, `the pool contains ${formatIp4(server.address)}, the address of ${name}`)
  for (const { name, joins } of network.routers)
    for (const { address } of joins)
      if (inside(address))
        checking.complain(path, `the pool contains ${formatIp4(address)}, the address of ${name}`)
}
