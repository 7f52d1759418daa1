/**
 * Who answers: one record per server identity, with the roles it was seen in (D-5). Contention is judged inside
 * one role only, as one NBS serves PXE and BSDP (NBS-29); this table does not judge.
 */
import { ANY_IP4, type Ip4, type Mac } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { Boot } from './conversation.ts'
import type { FrameRef } from '../reading/record.ts'
import { MAX_PLACES, MAX_SERVERS } from '../limits.ts'
import type { Reply } from './reply.ts'
import { type ServerActivity, ActivityTable } from './server-activity.ts'
import { ascending } from '../words.ts'

/** In the order in which they are told. */
export const ROLES = ['dhcp', 'dhcp-and-pxe', 'proxy-dhcp', 'boot-server', 'tftp', 'bsdp', 'nak'] as const
export type Role = (typeof ROLES)[number]

export interface ServerSummary extends ServerActivity {
  readonly ip: Ip4
  readonly roles: readonly Role[]
  /** Of answers that came without a relay. */
  readonly macs: readonly Mac[]
  readonly relays: readonly Ip4[]
  readonly segments: readonly string[]
  readonly firstAt: Micros
  readonly lastAt: Micros
  /** DHCP, PXE and BSDP messages seen, copies included. */
  readonly answers: number
}

interface ServerRecord {
  readonly roles: Set<Role>
  readonly macs: Set<Mac>
  readonly relays: Set<Ip4>
  readonly segments: Set<string>
  readonly firstAt: Micros
  lastAt: Micros
  answers: number
}

export class ServerTable {
  readonly #records = new Map<Ip4, ServerRecord>()
  readonly #tally = new ActivityTable()

  noteReply(reply: Reply, role: Role): void {
    const record = this.#note(reply.server, role, reply.seen)
    if (!record) return
    record.answers++
    addWithin(record.macs, reply.sourceMac)
    if (reply.giaddr !== ANY_IP4) addWithin(record.relays, reply.giaddr)
  }

  noteTftp(ip: Ip4, seen: FrameRef): void {
    this.#note(ip, 'tftp', seen)
  }

  /** What they did in a boot that is over. */
  noteBoot(boot: Boot): void {
    this.#tally.note(boot)
    for (const { server, lastAt } of boot.transfers) {
      const record = this.#records.get(server)
      if (record) record.lastAt = Math.max(record.lastAt, lastAt)
    }
  }

  has(ip: Ip4, role: Role): boolean {
    return this.#records.get(ip)?.roles.has(role) ?? false
  }

  summaries(): ServerSummary[] {
    return ascending(this.#records.keys()).map(ip => {
      const record = this.#records.get(ip)!
      return {
        ip,
        roles: ROLES.filter(role => record.roles.has(role)),
        macs: ascending(record.macs),
        relays: ascending(record.relays),
        segments: [...record.segments],
        firstAt: record.firstAt,
        lastAt: record.lastAt,
        answers: record.answers,
        ...this.#tally.of(ip),
      }
    })
  }

  #note(ip: Ip4, role: Role, seen: FrameRef): ServerRecord | undefined {
    let record = this.#records.get(ip)
    if (!record) {
      if (this.#records.size >= MAX_SERVERS) return undefined
      record = {
        roles: new Set(),
        macs: new Set(),
        relays: new Set(),
        segments: new Set(),
        firstAt: seen.at,
        lastAt: seen.at,
        answers: 0,
      }
      this.#records.set(ip, record)
    }
    record.roles.add(role)
    addWithin(record.segments, seen.segment)
    record.lastAt = Math.max(record.lastAt, seen.at)
    return record
  }
}

const addWithin = <T>(set: Set<T>, value: T | undefined): void => {
  if (value !== undefined && set.size < MAX_PLACES) set.add(value)
}

/** D-5: the first test that holds. */
export const roleOf = (reply: Reply, isBootServerReply: boolean, isBsdp: boolean): Role => {
  if (isBsdp) return 'bsdp'
  if (reply.pxe && isBootServerReply) return 'boot-server'
  if (reply.kind === 'nak') return 'nak'
  if (reply.pxe) return reply.yiaddr === ANY_IP4 ? 'proxy-dhcp' : 'dhcp-and-pxe'
  return 'dhcp'
}
