/**
 * The boots that are open, found by machine and by address, and what outlives them: machines, what they loaded last,
 * leases. Closes a boot when its machine begins another, falls silent, or room is needed. Does not read messages.
 */
import type { Ip4, Mac } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import { RecentMap } from '../../core/recent-map.ts'
import { type Boot, type Loaded, loadedOf, openBoot } from './conversation.ts'
import type { ClientClass } from './client-class.ts'
import type { ClientKind } from '../clients/client-kind.ts'
import type { FrameRef } from '../reading/record.ts'
import {
  BOOT_IDLE,
  IDLE_SWEEP,
  MAX_CLIENTS,
  MAX_KEPT_MESSAGES,
  MAX_LEASES,
  MAX_NEIGHBOURS,
  MAX_OPEN_BOOTS,
  PROXY_ARP_ADDRESSES,
} from '../limits.ts'
import { ascending } from '../words.ts'

export interface ClientSummary {
  readonly mac: Mac
  /** What it booted as, in order of appearance: a chain-loaded machine has two. */
  readonly firmware: readonly string[]
  readonly architecture?: number
  readonly subnet: string
  readonly address?: Ip4
  readonly boots: number
  readonly firstAt: Micros
  readonly lastAt: Micros
}

interface ClientRecord {
  readonly firmware: Set<ClientKind>
  architecture: number | undefined
  segment: string
  address: Ip4 | undefined
  boots: number
  readonly firstAt: Micros
  lastAt: Micros
  loaded: Loaded | undefined
}

export class BootTable {
  /** The latest time of the capture; records of several interfaces may come slightly out of order. */
  now: Micros = 0
  /** Of the first record. */
  startedAt: Micros = Infinity
  readonly #onClose: (boot: Boot) => void
  readonly #idle: Micros
  /** In order of last activity, up to `IDLE_SWEEP` wrong: a boot is moved back at most that often. */
  readonly #open = new Map<Boot, Micros>()
  readonly #byClient = new Map<Mac, Boot>()
  readonly #byAddress = new Map<Ip4, Boot>()
  readonly #clients = new Map<Mac, ClientRecord>()
  readonly #neighbours = new RecentMap<Ip4, Mac>(MAX_NEIGHBOURS)
  readonly #answersFor = new RecentMap<Mac, Set<Ip4>>(MAX_NEIGHBOURS)
  #weight = 0
  #sweptAt: Micros | undefined

  constructor(onClose: (boot: Boot) => void, idle = BOOT_IDLE) {
    this.#onClose = onClose
    this.#idle = idle
  }

  tick(at: Micros): void {
    this.now = Math.max(this.now, at)
    if (at < this.startedAt) this.startedAt = at
    this.#sweptAt ??= this.now
    if (this.now - this.#sweptAt < IDLE_SWEEP) return
    this.#sweptAt = this.now
    for (const boot of this.#open.keys()) {
      if (this.now - boot.lastAt < this.#idle) {
        if (this.now - this.#open.get(boot)! < this.#idle) break
        continue
      }
      this.close(boot)
    }
  }

  ofClient(mac: Mac): Boot | undefined {
    return this.#byClient.get(mac)
  }

  ofAddress(ip: Ip4): Boot | undefined {
    return this.#byAddress.get(ip)
  }

  open(client: Mac | undefined, seen: FrameRef): Boot {
    if (this.#open.size >= MAX_OPEN_BOOTS) this.#closeOldest()
    const previous = client === undefined ? undefined : this.#clients.get(client)?.loaded
    const boot = openBoot(client, seen, previous)
    this.#open.set(boot, seen.at)
    if (client !== undefined) this.#byClient.set(client, boot)
    return boot
  }

  /** The machine begins again: what it asked as before is over. */
  replace(old: Boot, seen: FrameRef, asksAs: ClientClass): Boot {
    old.followedBy = asksAs
    this.close(old)
    return this.open(old.client, seen)
  }

  /** One more message that this boot may remember. */
  weigh(boot: Boot): void {
    boot.weight++
    this.#weight++
    if (this.#weight > MAX_KEPT_MESSAGES) this.#closeOldest()
  }

  touch(boot: Boot, at: Micros): void {
    boot.lastAt = Math.max(boot.lastAt, at)
    const moved = this.#open.get(boot)
    if (moved === undefined || at - moved < IDLE_SWEEP) return
    this.#open.delete(boot)
    this.#open.set(boot, at)
  }

  setAddress(boot: Boot, address: Ip4): void {
    if (boot.address === address) {
      this.#byAddress.set(address, boot)
      return
    }
    if (boot.address !== undefined && this.#byAddress.get(boot.address) === boot)
      this.#byAddress.delete(boot.address)
    boot.address = address
    this.#byAddress.set(address, boot)
  }

  /** ARP told who has an address. */
  noteNeighbour(ip: Ip4, mac: Mac): void {
    this.#neighbours.set(ip, mac)
  }

  /** ARP replies: a machine has an address or two; who answers for more is a router with proxy ARP (RFC 1027). */
  noteAnswersFor(mac: Mac, ip: Ip4): void {
    let addresses = this.#answersFor.get(mac)
    if (!addresses) this.#answersFor.set(mac, (addresses = new Set()))
    if (addresses.size < PROXY_ARP_ADDRESSES) addresses.add(ip)
  }

  isProxyArp(mac: Mac): boolean {
    return (this.#answersFor.get(mac)?.size ?? 0) >= PROXY_ARP_ADDRESSES
  }

  neighbour(ip: Ip4): Mac | undefined {
    return this.#neighbours.get(ip)
  }

  close(boot: Boot): void {
    if (!this.#open.delete(boot)) return
    this.#weight -= boot.weight
    if (boot.client !== undefined && this.#byClient.get(boot.client) === boot)
      this.#byClient.delete(boot.client)
    if (boot.address !== undefined && this.#byAddress.get(boot.address) === boot)
      this.#byAddress.delete(boot.address)
    this.#remember(boot)
    this.#onClose(boot)
  }

  closeAll(): void {
    for (const boot of [...this.#open.keys()].sort((a, b) => a.openedAt - b.openedAt)) this.close(boot)
  }

  clients(): ClientSummary[] {
    return ascending(this.#clients.keys()).map(mac => {
      const record = this.#clients.get(mac)!
      return {
        mac,
        firmware: Array.from(record.firmware, kind => kind.name),
        ...(record.architecture === undefined ? {} : { architecture: record.architecture }),
        subnet: record.segment,
        ...(record.address === undefined ? {} : { address: record.address }),
        boots: record.boots,
        firstAt: record.firstAt,
        lastAt: record.lastAt,
      }
    })
  }

  #closeOldest(): void {
    for (const boot of this.#open.keys()) return this.close(boot)
  }

  #remember(boot: Boot): void {
    if (boot.client === undefined) return
    let record = this.#clients.get(boot.client)
    if (!record) {
      if (this.#clients.size >= MAX_CLIENTS) return
      record = {
        firmware: new Set(),
        architecture: undefined,
        segment: boot.segment,
        address: undefined,
        boots: 0,
        firstAt: boot.openedAt,
        lastAt: boot.lastAt,
        loaded: undefined,
      }
      this.#clients.set(boot.client, record)
    }
    record.firmware.add(boot.firmware)
    record.architecture ??= boot.architecture
    if (boot.direct) record.segment = boot.segment
    record.address = boot.address ?? record.address
    record.boots++
    record.lastAt = Math.max(record.lastAt, boot.lastAt)
    record.loaded = loadedOf(boot) ?? record.loaded
  }
}

interface Leased {
  readonly client: Mac
  readonly server: Ip4
  readonly seen: FrameRef
  readonly until: Micros
}

/** Who was given an address last, by ACK; who offered it, to see pools that overlap. */
export class LeaseBook {
  readonly #leased = new RecentMap<Ip4, Leased>(MAX_LEASES)
  readonly #offered = new RecentMap<Ip4, Ip4>(MAX_LEASES)

  /** The lease that this one collides with. */
  lease(address: Ip4, lease: Leased): Leased | undefined {
    const held = this.#leased.get(address)
    this.#leased.set(address, lease)
    const collides =
      held && held.client !== lease.client && held.server !== lease.server && lease.seen.at < held.until
    return collides ? held : undefined
  }

  holderOf(address: Ip4): Leased | undefined {
    return this.#leased.get(address)
  }

  release(address: Ip4, client: Mac): void {
    if (this.#leased.get(address)?.client === client) this.#leased.delete(address)
  }

  /** Another server that offered the same address before. */
  offer(address: Ip4, server: Ip4): Ip4 | undefined {
    const before = this.#offered.get(address)
    this.#offered.set(address, server)
    return before === server ? undefined : before
  }
}
