/**
 * The state of each subnet, as it changes: who leases addresses, who answers PXE, since when; where two PXE servers, or
 * two DHCP servers with pools of their own, answer one machine, from the first such answer until it has stopped. A pure state machine fed with what the analyser decodes.
 * Findings are the analyser's.
 */
import { ANY_IP4, type Ip4, type Mac, compareIp4, ip4Number } from '../core/address.ts'
import { SECOND, type Micros } from '../core/micros.ts'
import type { Asked, Heard } from '../analysis/analyzer.ts'
import { type Reply, offerText } from '../analysis/conversations/reply.ts'
import type { Role } from '../analysis/conversations/servers.ts'
import type { AllowList } from './allow-list.ts'
import { type Answer, type Ask, PendingDiscovers, subnetOf } from './pending-discovers.ts'
import type { ContendedRole, WatchEvent, WatchedRole } from './events.ts'

/** Servers remembered, in all roles and subnets; the one that was heard least recently is forgotten first. */
export const MAX_WATCHED_SERVERS = 1_024
/** Subnets in which contention is remembered; the oldest is forgotten first. */
const MAX_WATCHED_SUBNETS = 256
/** Ethernet addresses remembered of one server. */
const MAX_WATCHED_MACS = 8

/** So many DISCOVERs in a row that only one PXE server answers end a contention: one may be lost, three are not. */
const CALM_ASKS = 3
/** A server that is asked so often in vain, and was not heard for so long, is quiet. */
const MISSED_ASKS = 3
export const QUIET_AFTER: Micros = 60 * SECOND

export interface WatchedServer {
  readonly subnet: string
  readonly server: Ip4
  readonly role: WatchedRole
  readonly macs: Mac[]
  readonly since: Micros
  lastAt: Micros
  /** DISCOVERs of its kind that it has not answered, in a row. */
  missed: number
  quiet: boolean
  /** An answer to a single machine was seen: all of its answers can be. */
  seenByUnicast: boolean
}

export interface Contention {
  readonly subnet: string
  /** `dhcp`: servers that lease from pools of their own. */
  readonly role: ContendedRole
  servers: readonly Ip4[]
  readonly since: Micros
  lastAt: Micros
  calm: number
}

const CONTENDED: readonly ContendedRole[] = ['pxe', 'dhcp']

const ROLES: Readonly<Partial<Record<Role, readonly WatchedRole[]>>> = {
  dhcp: ['dhcp'],
  nak: ['dhcp'],
  'proxy-dhcp': ['pxe'],
  'boot-server': ['pxe'],
  'dhcp-and-pxe': ['dhcp', 'pxe'],
  bsdp: ['bsdp'],
}

export class ServerMonitor implements Heard {
  readonly #tell: (event: WatchEvent) => void
  readonly #allow: AllowList | undefined
  /** By subnet, address and role, least recently heard first. */
  readonly #servers = new Map<string, WatchedServer>()
  readonly #contentions = new Map<string, Contention>()
  readonly #asks = new PendingDiscovers(ask => this.#done(ask))

  constructor(tell: (event: WatchEvent) => void, allow?: AllowList) {
    this.#tell = tell
    this.#allow = allow
  }

  get servers(): readonly WatchedServer[] {
    return [...this.#servers.values()].sort(
      (a, b) =>
        compareText(a.subnet, b.subnet) || compareIp4(a.server, b.server) || compareText(a.role, b.role),
    )
  }

  get contentions(): readonly Contention[] {
    return [...this.#contentions.values()]
  }

  tick(now: Micros): void {
    this.#asks.tick(now)
  }

  discover(asked: Asked): void {
    this.#asks.add(asked)
  }

  reply(reply: Reply, client: Mac, xid: number, role: Role): void {
    const ask = this.#asks.of(client, xid)
    const { giaddr, server, source, sourceMac } = reply
    const { segment, at } = reply.seen
    const subnet = ask?.subnet ?? subnetOf(segment, giaddr)
    for (const watched of ROLES[role] ?? []) {
      this.#hear(subnet, server, watched, sourceMac, at, reply)
      if (ask && reply.kind === 'offer') this.#answer(ask, { server, role: watched, at, pool: reply.pool })
    }
    if (giaddr !== ANY_IP4 && source !== giaddr) this.#hear(subnet, giaddr, 'relay', undefined, at, undefined)
  }

  #hear(
    subnet: string,
    server: Ip4,
    role: WatchedRole,
    mac: Mac | undefined,
    at: Micros,
    reply: Reply | undefined,
  ): void {
    const key = `${subnet} ${ip4Number(server)} ${role}`
    const known = this.#servers.get(key)
    this.#servers.delete(key)
    if (!known) {
      if (this.#servers.size >= MAX_WATCHED_SERVERS) this.#servers.delete(this.#servers.keys().next().value!)
      this.#servers.set(key, {
        subnet,
        server,
        role,
        macs: mac === undefined ? [] : [mac],
        since: at,
        lastAt: at,
        missed: 0,
        quiet: false,
        seenByUnicast: reply?.toClientAddress ?? false,
      })
      const formerly = mac === undefined ? [] : this.#addressesOf(subnet, role, mac, server)
      const standing = this.#allow?.standing(server, role, mac)
      const offer = reply && reply.kind !== 'nak' ? offerText(reply) : ''
      this.#tell({ kind: 'new-server', subnet, server, role, mac, offer, standing, formerly })
      return
    }
    this.#servers.set(key, known)
    if (known.quiet) this.#tell({ kind: 'server-back', subnet, server, role, since: known.lastAt })
    known.lastAt = at
    known.missed = 0
    known.quiet = false
    known.seenByUnicast ||= reply?.toClientAddress ?? false
    if (mac !== undefined) this.#compareMac(known, mac)
  }

  #compareMac(known: WatchedServer, mac: Mac): void {
    const { subnet, server, role, macs } = known
    if (macs.includes(mac) || macs.length >= MAX_WATCHED_MACS) return
    const before = [...macs]
    macs.push(mac)
    const isExpected = this.#allow?.arePartners([server]) || before.length === 0
    if (!isExpected) this.#tell({ kind: 'new-mac', subnet, server, role, mac, before })
  }

  /** Under which other addresses the same network card has served here. */
  #addressesOf(subnet: string, role: WatchedRole, mac: Mac, but: Ip4): readonly Ip4[] {
    return [...this.#servers.values()]
      .filter(
        one => one.subnet === subnet && one.role === role && one.server !== but && one.macs.includes(mac),
      )
      .map(({ server }) => server)
  }

  #answer(ask: Ask, answer: Answer): void {
    const { role, at } = answer
    if (ask.answers.some(one => one.server === answer.server && one.role === role)) return
    ask.answers.push(answer)
    if (role !== 'pxe' && role !== 'dhcp') return
    const rivals = rivalsOf(ask, role)
    if (rivals.length < 2) return
    const servers = rivals.map(rival => rival.server).sort((a, b) => compareIp4(a, b))
    if (this.#allow?.arePartners(servers)) return
    const { subnet, client } = ask
    const key = contentionKey(subnet, role)
    const known = this.#contentions.get(key)
    if (!known) {
      if (this.#contentions.size >= MAX_WATCHED_SUBNETS)
        this.#contentions.delete(this.#contentions.keys().next().value!)
      this.#contentions.set(key, { subnet, role, servers, since: at, lastAt: at, calm: 0 })
    } else {
      const more = servers.filter(one => !known.servers.includes(one))
      Object.assign(known, { lastAt: at, calm: 0 })
      if (more.length === 0) return
      known.servers = [...known.servers, ...more].sort((a, b) => compareIp4(a, b))
    }
    const margin = rivals[1]!.at - rivals[0]!.at
    this.#tell({
      kind: known ? 'contention-grows' : 'contention-begins',
      subnet,
      role,
      servers: known?.servers ?? servers,
      client,
      margin,
    })
  }

  #done(ask: Ask): void {
    for (const role of CONTENDED) if (role === 'dhcp' || ask.isPxe) this.#weighCalm(ask, role)
    for (const known of this.#servers.values())
      if (known.subnet === ask.subnet) this.#weighSilence(known, ask)
  }

  #weighCalm(ask: Ask, role: ContendedRole): void {
    const key = contentionKey(ask.subnet, role)
    const contention = this.#contentions.get(key)
    const answering = ask.answers.filter(answer => answer.role === role).map(({ server }) => server)
    if (!contention || answering.length === 0) return
    contention.calm = rivalsOf(ask, role).length < 2 ? contention.calm + 1 : 0
    if (contention.calm < CALM_ASKS) return
    this.#contentions.delete(key)
    const { subnet, servers, since } = contention
    this.#tell({ kind: 'contention-ends', subnet, role, servers, left: answering, since })
  }

  #weighSilence(known: WatchedServer, ask: Ask): void {
    const { subnet, server, role } = known
    const isAsked = role === 'dhcp' || (role === 'pxe' && ask.isPxe) || (role === 'bsdp' && ask.isBsdp)
    const isVisible = ask.showsAnswers || known.seenByUnicast || role === 'bsdp'
    if (!isAsked || !isVisible || known.quiet || known.lastAt >= ask.at) return
    known.missed++
    if (known.missed < MISSED_ASKS || ask.at - known.lastAt < QUIET_AFTER) return
    known.quiet = true
    this.#tell({ kind: 'server-quiet', subnet, server, role, since: known.lastAt, missed: known.missed })
  }
}

/** In order of arrival; of DHCP servers those that do not share a pool: partners answer side by side. */
const rivalsOf = ({ answers }: Ask, role: ContendedRole): readonly Answer[] => {
  const own = answers.filter(answer => answer.role === role)
  return role === 'pxe' || own.some(({ pool }) => pool !== own[0]!.pool) ? own : own.slice(0, 1)
}

const contentionKey = (subnet: string, role: ContendedRole): string => `${role} ${subnet}`

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
