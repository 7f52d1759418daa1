/**
 * Faults: what they name exists, can be stopped or cut, and happens before the run ends. Does not cause them.
 */
import { formatSpan } from '../core/micros.ts'
import { type Checking, NOUN } from './checking.ts'
import { FAULT_KINDS, type FaultForm } from './format.ts'
import type { Path } from '../document/located.ts'
import type { Server } from '../servers/kind.ts'
import type { ClientGroup, Fault, LinkTarget } from './model.ts'
import { nearestName } from '../document/nearest.ts'
import { partialLink } from '../servers/parts/place.ts'

export const resolveFaults = (
  checking: Checking,
  groups: readonly ClientGroup[],
  servers: readonly Server[],
): Fault[] => {
  const { limit, faults } = checking.form
  return faults
    .flatMap((fault, index) => {
      const path = checking.itemPath('faults', index)
      if (fault.at > limit)
        checking.complain([...path, 'at'], `the run ends at ${formatSpan(limit)}, before this happens`)
      return resolveFault(checking, fault, path, { groups, servers })
    })
    .toSorted((a, b) => a.at - b.at)
}

/** What a fault may name, as far as it is right itself. */
interface Known {
  readonly groups: readonly ClientGroup[]
  readonly servers: readonly Server[]
}

const resolveFault = (checking: Checking, fault: FaultForm, path: Path, known: Known): Fault[] => {
  const kinds = FAULT_KINDS.filter(kind => fault[kind] !== undefined)
  const [kind, second] = kinds
  if (kind === undefined) {
    checking.complain(path, `a fault needs one of ${FAULT_KINDS.join(', ')}`)
    return []
  }
  if (second !== undefined)
    checking.complain([...path, second], `a fault does one thing only; ${kind} is already given`, {
      side: 'key',
    })
  switch (kind) {
    case 'stop':
    case 'start':
      return resolveService(checking, fault, kind, [...path, kind], known)
    case 'cut':
    case 'heal': {
      const target = linkTarget(checking, fault[kind]!, [...path, kind], known.groups, [])
      return target ? [{ at: fault.at, kind, target }] : []
    }
    case 'set':
      return resolveSet(checking, fault, [...path, 'set'], known)
  }
}

const resolveService = (
  checking: Checking,
  fault: FaultForm,
  kind: 'stop' | 'start',
  path: Path,
  { servers }: Known,
): Fault[] => {
  const text = fault[kind]!
  const dot = text.indexOf('.')
  const name = dot < 0 ? text : text.slice(0, dot)
  const service = dot < 0 ? undefined : text.slice(dot + 1)
  if (checking.isDeclared('clients', name)) {
    checking.complain(path, `${name} is a group of clients, and only servers can be stopped; cut it instead`)
    return []
  }
  if (!checking.known(['servers'], name, path)) return []
  const server = servers.find(one => one.name === name)
  if (!server) return []
  const services = servicesOf(checking, server)
  if (service !== undefined && !services.includes(service)) {
    const nearest = nearestName(service, services)
    checking.complain(path, `${name} has no service "${service}"; it has ${services.join(', ')}`, {
      nearest: nearest === undefined ? undefined : `${name}.${nearest}`,
    })
    return []
  }
  return [{ at: fault.at, kind, server: name, service }]
}

/** What can be stopped and started of this very server. */
const servicesOf = (checking: Checking, server: Server): readonly string[] => {
  const kind = checking.surroundings.kinds.of(server)
  return kind.services.filter(service => kind.hasService?.(server, service) ?? true)
}

const HOSTS = ['servers', 'routers', 'clients'] as const

/** Also single machines of a group: `pc-3`. */
const linkTarget = (
  checking: Checking,
  name: string,
  path: Path,
  groups: readonly ClientGroup[],
  others: readonly 'notificationServers'[],
): LinkTarget | undefined => {
  if (checking.isDeclared('subnets', name)) return { kind: 'subnet', subnet: name }
  const group = groups.find(one => one.name === name)
  if (group) return { kind: 'hosts', hosts: group.members.map(member => member.name) }
  if (HOSTS.some(collection => checking.isDeclared(collection, name))) return { kind: 'hosts', hosts: [name] }
  if (isSiteHost(checking, name)) return { kind: 'hosts', hosts: [name] }
  if (groups.some(one => one.members.some(member => member.name === name)))
    return { kind: 'hosts', hosts: [name] }
  if (checking.mayBeMember(name)) return undefined
  const collections = ['subnets', ...HOSTS, ...others] as const
  const nouns = collections.map(collection => NOUN[collection]).join(', ')
  checking.unknownName(
    nouns,
    name,
    path,
    collections.flatMap(collection => checking.declared(collection)),
  )
  return undefined
}

/** A Notification Server or a site server that is a machine of its own, where the scenario has a site. */
const isSiteHost = (checking: Checking, name: string): boolean => {
  const { site } = checking.form
  return (
    site !== undefined &&
    (checking.isDeclared('notificationServers', name) || Object.hasOwn(site.siteServers, name))
  )
}

const resolveSet = (
  checking: Checking,
  { at, set }: FaultForm,
  path: Path,
  { groups, servers }: Known,
): Fault[] => {
  const { target, unreachable, responseDelay, ...link } = set!
  const rules = partialLink(link)
  if (checking.isDeclared('notificationServers', target)) {
    for (const field of Object.keys(set!))
      if (!['target', 'unreachable', 'delay'].includes(field) && set![field as 'target'] !== undefined)
        checking.complain(
          [...path, field],
          `${target} is a Notification Server; it takes unreachable and delay`,
          { side: 'key' },
        )
    if (Object.values(set!).filter(value => value !== undefined).length === 1)
      checking.complain(path, 'no change is given')
    return [{ at, kind: 'setNotificationServer', notificationServer: target, unreachable, delay: link.delay }]
  }
  if (unreachable !== undefined)
    checking.complain(
      [...path, 'unreachable'],
      'only a Notification Server can be unreachable; cut a host instead',
      { side: 'key' },
    )
  const faults: Fault[] = []
  const isServer = checking.isDeclared('servers', target)
  const server = servers.find(({ name }) => name === target)
  const waits = server === undefined || checking.surroundings.kinds.of(server).delaysAnswers === true
  if (responseDelay && isServer && !waits)
    checking.complain([...path, 'responseDelay'], `${target} has no response delay`, { side: 'key' })
  if (responseDelay && isServer) faults.push({ at, kind: 'setResponseDelay', server: target, responseDelay })
  const linked = linkTarget(checking, target, [...path, 'target'], groups, ['notificationServers'])
  if (responseDelay && linked && !isServer)
    checking.complain([...path, 'responseDelay'], 'only a server has a response delay', { side: 'key' })
  if (linked && Object.keys(rules).length > 0) faults.push({ at, kind: 'setLink', target: linked, rules })
  else if (linked && responseDelay === undefined && unreachable === undefined)
    checking.complain(path, 'no change is given')
  return faults
}
