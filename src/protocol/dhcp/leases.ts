/**
 * Who has which address of one pool, and until when (RFC 2131 §4.3.1). The choice is deterministic: the client's
 * own address, then the one it asks for, then the lowest free, then perhaps an offer that nobody took. Does not speak DHCP and probes nothing.
 */
import { type Ip4, type Mac, compareIp4 } from '../../core/address.ts'
import { toHex } from '../../core/bytes.ts'
import { Deadlines } from '../../core/deadlines.ts'
import { SECOND, type Micros } from '../../core/micros.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import { clientMac, first } from '../../wire/dhcp/options.ts'
import { type AddressRange, FreeAddresses } from './free-addresses.ts'

/** A number = MAC address, a text = client identifier (RFC 2131 §2: "the 'client identifier' … or chaddr"). */
export type ClientKey = Mac | string

/** An offer is kept for the client this long: a PXE client may wait 32 s before it asks for it (E-8, B-3). */
export const OFFER_HOLD: Micros = 120 * SECOND
/** An address that a client found in use is not offered to anybody for this long (RFC 2131 §4.3.3). */
export const DECLINE_HOLD: Micros = 600 * SECOND

/** `idle`: the time is over, but the address is kept in mind for this client until another one needs it. */
export type LeaseState = 'offered' | 'bound' | 'declined' | 'idle'

export interface Lease {
  readonly address: Ip4
  readonly client: ClientKey
  state: LeaseState
  until: Micros
}

/** Option 61 if it is there, else chaddr (RFC 2131 §4.2). */
export const clientKey = (message: DhcpMessage): ClientKey => {
  const identifier = first(message, OPTION.clientIdentifier)
  return identifier === undefined || identifier.length === 0 ? clientMac(message) : toHex(identifier)
}

/** All tables are as large as the pool at most: one lease per address, one address per client. */
export class LeasePool {
  readonly #free: FreeAddresses
  readonly #reserved: ReadonlySet<Ip4>
  readonly #byAddress = new Map<Ip4, Lease>()
  readonly #byClient = new Map<ClientKey, Lease>()
  readonly #deadlines = new Deadlines<Ip4>()
  /** When `#deadlines` looks at an address: at its `until` or earlier, so that renewals leave no stale entries. */
  readonly #looksAt = new Map<Ip4, Micros>()
  /** Offered and not yet asked for; the oldest first. */
  readonly #offers = new Set<Ip4>()
  readonly #overbooks: boolean

  /**
   * `overbooks`: with no free address left, the oldest offer is made again to somebody else, and who asks for it first has
   * it. Without, machines that never ask for what they were offered empty the pool for `OFFER_HOLD`. `reserved`: for
   * clients that are told so, and never free for others.
   */
  constructor(
    ranges: readonly AddressRange[],
    excluded: readonly Ip4[] = [],
    overbooks = false,
    reserved: readonly Ip4[] = [],
  ) {
    this.#free = new FreeAddresses(ranges)
    this.#overbooks = overbooks
    this.#reserved = new Set(reserved)
    for (const address of [...excluded, ...reserved]) this.#free.take(address)
  }

  /** The client's lease, also an idle one. */
  of(client: ClientKey): Lease | undefined {
    return this.#byClient.get(client)
  }

  at(address: Ip4): Lease | undefined {
    return this.#byAddress.get(address)
  }

  covers(address: Ip4): boolean {
    return this.#free.covers(address)
  }

  /** Reserves an address for the client; undefined if the pool is exhausted. */
  offer(now: Micros, client: ClientKey, wish: Ip4 | undefined, reserved?: Ip4): Ip4 | undefined {
    this.#expire(now)
    if (reserved !== undefined) return this.#offerReserved(now, client, reserved)
    const own = this.#byClient.get(client)
    if (own?.state === 'bound') return own.address
    const address = own?.address ?? this.#choose(wish)
    if (address === undefined) return undefined
    this.#hold(address, client, 'offered', now + OFFER_HOLD)
    return address
  }

  #offerReserved(now: Micros, client: ClientKey, address: Ip4): Ip4 | undefined {
    const holder = this.#byAddress.get(address)
    if (holder?.state === 'declined') return undefined
    if (holder?.client !== client || holder.state !== 'bound')
      this.#hold(address, client, 'offered', now + OFFER_HOLD)
    return address
  }

  /** Binds `address` to the client if it is its own, reserved for it, or free; false otherwise. */
  bind(now: Micros, client: ClientKey, address: Ip4, until: Micros, reserved?: Ip4): boolean {
    this.#expire(now)
    const holder = this.#byAddress.get(address)
    const own = (holder?.client === client || address === reserved) && holder?.state !== 'declined'
    const overbooked = this.#overbooks && holder?.state === 'offered' && !this.#reserved.has(address)
    if (!own && !overbooked && !this.#free.isFree(address)) return false
    this.#hold(address, client, 'bound', until)
    return true
  }

  /** The client does not want it any more, but may get it again (RFC 2131 §4.3.4). */
  release(client: ClientKey): Ip4 | undefined {
    const lease = this.#byClient.get(client)
    if (!lease || lease.state === 'idle') return undefined
    this.#makeIdle(lease)
    return lease.address
  }

  /** Somebody else uses the address (RFC 2131 §4.3.3). False if the client does not hold it. */
  decline(now: Micros, client: ClientKey, address: Ip4): boolean {
    const lease = this.#byClient.get(client)
    if (lease?.address !== address) return false
    this.#byClient.delete(client)
    this.#offers.delete(address)
    lease.state = 'declined'
    lease.until = now + DECLINE_HOLD
    this.#free.take(address)
    this.#lookAt(address, lease.until)
    return true
  }

  /** Addresses of the ranges, whoever has them. */
  get size(): number {
    return this.#free.size
  }

  /** All leases, by address. */
  list(): Lease[] {
    return [...this.#byAddress.values()].sort((a, b) => compareIp4(a.address, b.address))
  }

  #choose(wish: Ip4 | undefined): Ip4 | undefined {
    if (wish !== undefined && this.#free.isFree(wish)) return wish
    const free = this.#free.lowest
    return free === undefined && this.#overbooks ? this.#offers.values().next().value : free
  }

  #hold(address: Ip4, client: ClientKey, state: LeaseState, until: Micros): void {
    const before = this.#byClient.get(client)
    if (before?.address === address) {
      before.state = state
      before.until = until
    } else {
      if (before) this.#forget(before)
      const displaced = this.#byAddress.get(address)
      if (displaced) this.#forget(displaced)
      const lease: Lease = { address, client, state, until }
      this.#byAddress.set(address, lease)
      this.#byClient.set(client, lease)
    }
    this.#offers.delete(address)
    if (state === 'offered' && !this.#reserved.has(address)) this.#offers.add(address)
    this.#free.take(address)
    this.#lookAt(address, until)
  }

  #lookAt(address: Ip4, at: Micros): void {
    const looksAt = this.#looksAt.get(address)
    if (looksAt !== undefined && looksAt <= at) return
    this.#looksAt.set(address, at)
    this.#deadlines.set(address, at)
  }

  #makeIdle(lease: Lease): void {
    lease.state = 'idle'
    this.#offers.delete(lease.address)
    this.#giveBack(lease.address)
  }

  #forget(lease: Lease): void {
    this.#offers.delete(lease.address)
    this.#byAddress.delete(lease.address)
    if (this.#byClient.get(lease.client) === lease) this.#byClient.delete(lease.client)
    this.#giveBack(lease.address)
  }

  #giveBack(address: Ip4): void {
    if (!this.#reserved.has(address)) this.#free.giveBack(address)
  }

  #expire(now: Micros): void {
    for (let due = this.#deadlines.take(now); due !== undefined; due = this.#deadlines.take(now)) {
      this.#looksAt.delete(due)
      const lease = this.#byAddress.get(due)
      if (!lease || lease.state === 'idle') continue
      if (lease.until > now) this.#lookAt(due, lease.until)
      else if (lease.state === 'declined') this.#forget(lease)
      else this.#makeIdle(lease)
    }
  }
}
