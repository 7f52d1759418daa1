/**
 * Where everything stands: subnets with their networks, routers and helper lists, from the addresses that machines got,
 * relays put into requests, and servers answered from. What nothing shows is the least surprising that fits.
 */
import {
  ANY_IP4,
  type Cidr,
  type Ip4,
  LIMITED_BROADCAST,
  contains,
  directedBroadcast,
  formatIp4,
  ip4Number,
  isMulticast,
  networkOf,
  netmask,
  prefixLengthOf,
  roleIn,
  toIp4,
} from '../core/address.ts'
import { NAME_PATTERN } from '../document/parts.ts'
import { OPTION, first, routers, subnetMask } from '../wire/dhcp/options.ts'
import type { Story } from './story.ts'

export interface Place {
  readonly name: string
  readonly cidr: Cidr
  readonly segment: string | undefined
  /** How the network is known. */
  readonly because: string
}

export interface PlacedRouter {
  readonly name: string
  /** By subnet. */
  readonly joins: ReadonlyMap<string, Ip4>
  /** By subnet: helper addresses. */
  readonly relay: ReadonlyMap<string, readonly Ip4[]>
  readonly option82: boolean
}

export interface Places {
  readonly subnets: readonly Place[]
  readonly routers: readonly PlacedRouter[]
  placeOf(story: Story): Place
  /** Undefined: it has no place that fits. */
  subnetOf(server: Ip4): Place | undefined
}

/** `extra`: hosts that machines asked by unicast, and that answered or might have. */
export const placesOf = (stories: readonly Story[], extra: readonly Ip4[]): Places => {
  const names = new Names()
  const subnets: Place[] = []
  const byKey = new Map<string, Place>()
  const groups = groupedBy(stories, keyOf)
  const servers = serversIn(stories)
  for (const [key, group] of groups) {
    const { cidr, because } = networkFor(group, subnets)
    const { direct, segment } = group[0]!
    const place = {
      name: names.of(direct ? segment : 'clients'),
      cidr,
      segment: direct ? segment : undefined,
      because,
    }
    subnets.push(place)
    byKey.set(key, place)
  }
  const hosts = [...new Set([...servers.keys(), ...extra])].sort((a, b) => ip4Number(a) - ip4Number(b))
  for (const host of hosts) {
    if (subnets.some(({ cidr }) => contains(cidr, host))) continue
    const cidr = roomFor(host, subnets)
    if (!cidr) continue
    const segment = servers.get(host)
    subnets.push({
      name: names.of(segment && !groups.has(segment) ? segment : 'servers'),
      cidr,
      segment,
      because: `guessed: a network of its own for ${formatIp4(host)}`,
    })
  }
  const placeOf = (story: Story): Place => byKey.get(keyOf(story))!
  const subnetOf = (host: Ip4): Place | undefined =>
    subnets.find(({ cidr }) => contains(cidr, host) && roleIn(cidr, host) === 'host')
  const taken = new Set([...hosts, ...leasesIn(stories)])
  return {
    subnets,
    placeOf,
    subnetOf,
    routers: routersFor(stories, placeOf, subnetOf, subnets, hosts, taken),
  }
}

const groupedBy = <T>(list: readonly T[], keyOfOne: (one: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const one of list) {
    const key = keyOfOne(one)
    const known = groups.get(key)
    if (known) known.push(one)
    else groups.set(key, [one])
  }
  return groups
}

const keyOf = ({ direct, segment, relay }: Story): string =>
  direct ? segment : `behind ${relay === undefined ? segment : formatIp4(relay)}`

/** Hosts that answered, with the segment on which their own frames were seen, if not on that of the machines. */
const serversIn = (stories: readonly Story[]): Map<Ip4, string | undefined> => {
  const found = new Map<Ip4, string | undefined>()
  for (const { questions, machine } of stories) {
    for (const { answers } of questions)
      for (const { server } of answers) if (!found.has(server)) found.set(server, undefined)
    for (const { isRequest, message, source, target, segment } of machine.messages) {
      if (message.giaddr === ANY_IP4) continue
      if (isRequest && isHost(target)) found.set(target, found.get(target) ?? segment)
      if (!isRequest && found.has(source)) found.set(source, segment)
    }
  }
  return found
}

const isHost = (ip: Ip4): boolean => ip !== ANY_IP4 && ip !== LIMITED_BROADCAST && !isMulticast(ip)

const leasesIn = (stories: readonly Story[]): Ip4[] =>
  stories.flatMap(({ questions }) =>
    questions.flatMap(({ answers }) => answers.map(({ seen }) => seen.message.yiaddr)),
  )

// Networks.

const networkFor = (group: readonly Story[], before: readonly Place[]): { cidr: Cidr; because: string } => {
  const near = new Set<Ip4>()
  const votes = new Map<string, { cidr: Cidr; count: number; frame: number }>()
  for (const { questions, relay } of group) {
    if (relay !== undefined) near.add(relay)
    for (const { answers } of questions)
      for (const { seen, server, relayed } of answers) {
        if (!relayed) near.add(server)
        const cidr = leasedNetwork(seen.message)
        if (!cidr) continue
        const key = `${ip4Number(cidr.network)}/${cidr.prefixLength}`
        const vote = votes.get(key) ?? { cidr, count: 0, frame: seen.frame }
        vote.count++
        votes.set(key, vote)
      }
  }
  const hosts = [...near].filter(isHost)
  const fitting = ({ cidr }: { cidr: Cidr }): number =>
    hosts.filter(host => contains(cidr, host) && roleIn(cidr, host) === 'host').length
  const usable = [...votes.values()].filter(({ cidr }) => isFree(cidr, before))
  const best = usable.sort((a, b) => fitting(b) - fitting(a) || b.count - a.count)[0]
  if (best && fitting(best) === hosts.length)
    return { cidr: best.cidr, because: `inferred: options 1 of leases, first in frame ${best.frame}` }
  const around = networkAround(hosts, best?.cidr)
  if (around && isFree(around, before))
    return { cidr: around, because: 'guessed: holds all that answer there' }
  const [host = toIp4(0xc0000201)] = hosts
  return { cidr: best?.cidr ?? roomFor(host, before) ?? spareNetwork(before), because: 'guessed' }
}

/** For benchmarks (RFC 2544): networks that nobody has. */
const SPARE = 0xc6120000
const SPARE_NETWORKS = 512

const spareNetwork = (before: readonly Place[]): Cidr => {
  for (let at = 0; at < SPARE_NETWORKS; at++) {
    const cidr = { network: toIp4(SPARE + at * 256), prefixLength: 24 }
    if (isFree(cidr, before)) return cidr
  }
  return { network: toIp4(SPARE), prefixLength: 24 }
}

const leasedNetwork = (message: Parameters<typeof subnetMask>[0]): Cidr | undefined => {
  const mask = subnetMask(message)
  if (mask === undefined || message.yiaddr === ANY_IP4) return undefined
  const prefixLength = prefixLengthOf(mask)
  if (prefixLength < 8 || prefixLength > 30 || netmask(prefixLength) !== mask) return undefined
  return { network: networkOf(message.yiaddr, prefixLength), prefixLength }
}

const isFree = (cidr: Cidr, places: readonly Place[]): boolean =>
  !places.some(({ cidr: other }) => contains(other, cidr.network) || contains(cidr, other.network))

/** The smallest of /24 or wider that has all of them as hosts. */
const networkAround = (hosts: readonly Ip4[], like: Cidr | undefined): Cidr | undefined => {
  const [host] = hosts
  if (host === undefined) return like
  for (let prefixLength = Math.min(24, like?.prefixLength ?? 24); prefixLength >= 8; prefixLength--) {
    const cidr = { network: networkOf(host, prefixLength), prefixLength }
    if (hosts.every(each => contains(cidr, each) && roleIn(cidr, each) === 'host')) return cidr
  }
  return undefined
}

/** A /24, or as much of it as is left. */
const roomFor = (host: Ip4, places: readonly Place[]): Cidr | undefined => {
  if (!isHost(host)) return undefined
  for (let prefixLength = 24; prefixLength <= 30; prefixLength++) {
    const cidr = { network: networkOf(host, prefixLength), prefixLength }
    if (isFree(cidr, places) && roleIn(cidr, host) === 'host') return cidr
  }
  return undefined
}

// Routers.

const routersFor = (
  stories: readonly Story[],
  placeOf: (story: Story) => Place,
  subnetOf: (host: Ip4) => Place | undefined,
  subnets: readonly Place[],
  hosts: readonly Ip4[],
  taken: Set<Ip4>,
): PlacedRouter[] => {
  if (subnets.length < 2) return []
  const ends = new Map<string, Set<Ip4>>()
  for (const story of stories) {
    const { name, cidr } = placeOf(story)
    const found = ends.get(name) ?? new Set()
    ends.set(name, found)
    for (const { message } of story.machine.messages)
      if (contains(cidr, message.giaddr) && roleIn(cidr, message.giaddr) === 'host') found.add(message.giaddr)
    for (const { questions } of [story])
      for (const { answers } of questions)
        for (const { seen } of answers) {
          const [gateway] = routers(seen.message)
          if (gateway !== undefined && contains(cidr, gateway) && roleIn(cidr, gateway) === 'host')
            found.add(gateway)
        }
  }
  const many = Math.max(
    1,
    ...[...ends.values()].map(found => [...found].filter(ip => !hosts.includes(ip)).length),
  )
  const owned = new Set<Ip4>(taken)
  return Array.from({ length: Math.min(4, many) }, (_, index): PlacedRouter => {
    const joins = new Map<string, Ip4>()
    for (const { name, cidr } of subnets) {
      const known = [...(ends.get(name) ?? [])].filter(ip => !hosts.includes(ip))
      const address =
        known[index] ??
        (index === 0 ? seenAt(stories, cidr, hosts) : undefined) ??
        (known.length > 0 ? undefined : freeIn(cidr, owned))
      if (address === undefined) continue
      owned.add(address)
      joins.set(name, address)
    }
    return { name: `router-${index + 1}`, joins, ...relayOf(stories, placeOf, joins, index === 0, subnetOf) }
  })
}

/** From where a relay sends on. */
const seenAt = (stories: readonly Story[], cidr: Cidr, hosts: readonly Ip4[]): Ip4 | undefined => {
  for (const { machine } of stories)
    for (const { isRequest, message, source } of machine.messages)
      if (isRequest && message.giaddr !== ANY_IP4 && contains(cidr, source) && !hosts.includes(source))
        return source
  return undefined
}

/** First, last, then any. */
const freeIn = (cidr: Cidr, taken: ReadonlySet<Ip4>): Ip4 | undefined => {
  const low = ip4Number(cidr.network)
  const high = ip4Number(directedBroadcast(cidr))
  const order = [low + 1, high - 1]
  for (let at = low + 2; at < Math.min(high - 1, low + 512); at++) order.push(at)
  return order.map(toIp4).find(ip => roleIn(cidr, ip) === 'host' && !taken.has(ip))
}

const relayOf = (
  stories: readonly Story[],
  placeOf: (story: Story) => Place,
  joins: ReadonlyMap<string, Ip4>,
  isFirst: boolean,
  subnetOf: (host: Ip4) => Place | undefined,
): Pick<PlacedRouter, 'relay' | 'option82'> => {
  const relay = new Map<string, Set<Ip4>>()
  let option82 = false
  for (const story of stories) {
    const { name } = placeOf(story)
    const own = joins.get(name)
    if (own === undefined) continue
    const targets = relay.get(name) ?? new Set()
    for (const { isRequest, message, target } of story.machine.messages) {
      if (message.giaddr === ANY_IP4 || (message.giaddr !== own && !isFirst)) continue
      option82 ||= isRequest && first(message, OPTION.relayAgentInformation) !== undefined
      if (isRequest && isHost(target) && target !== own) targets.add(target)
    }
    for (const { answers } of story.questions)
      for (const { relayed, server, seen } of answers)
        if (relayed && (seen.message.giaddr === own || isFirst)) targets.add(server)
    const reachable = [...targets].filter(target => subnetOf(target)?.name !== name)
    if (reachable.length > 0) relay.set(name, new Set(reachable))
  }
  return { relay: new Map([...relay].map(([name, targets]) => [name, [...targets]])), option82 }
}

// Names.

const NAME = new RegExp(`^${NAME_PATTERN}$`)

class Names {
  readonly #used = new Set<string>()

  of(wish: string): string {
    const base = NAME.test(wish) ? wish : (wish.match(/[A-Za-z][A-Za-z0-9_-]{0,50}/)?.[0] ?? 'net')
    let name = base
    for (let at = 2; this.#used.has(name); at++) name = `${base}-${at}`
    this.#used.add(name)
    return name
  }
}
