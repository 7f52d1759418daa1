/**
 * The pools of a foreign responder, chosen by where a request comes from. Does not build messages.
 */
import { type Cidr, type Ip4, contains, networkOf, ANY_IP4 } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import { LeasePool, clientKey } from '../../protocol/dhcp/leases.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { requestedIpAddress } from '../../wire/dhcp/options.ts'
import type { ForeignPool } from './fields.ts'
import type { LeaseTerms } from './replies.ts'

interface Place {
  readonly pool: ForeignPool
  readonly subnet: Cidr
  readonly leases: LeasePool
}

export class ForeignLeases {
  readonly #places: readonly Place[]
  readonly #self: Ip4
  readonly #leaseTime: Micros

  constructor(pools: readonly ForeignPool[], self: Ip4, leaseTime: Micros) {
    this.#self = self
    this.#leaseTime = leaseTime
    this.#places = pools.map(pool => {
      const { first, prefixLength } = pool
      const subnet = { network: networkOf(first, prefixLength), prefixLength }
      return { pool, subnet, leases: new LeasePool([pool], [self]) }
    })
  }

  /** An address for the client, kept for it or (in an ACK) bound; undefined if there is none left. */
  termsFor(now: Micros, message: DhcpMessage, type: 'offer' | 'ack'): LeaseTerms | undefined {
    const place = this.#placeFor(message)
    const key = clientKey(message)
    const address = place?.leases.offer(now, key, requestedIpAddress(message))
    if (!place || address === undefined) return undefined
    if (type === 'ack') place.leases.bind(now, key, address, now + this.#leaseTime)
    return { address, pool: place.pool }
  }

  /** Is `address` what this server gave the client? */
  gave(message: DhcpMessage, address: Ip4): boolean {
    return this.#placeFor(message)?.leases.of(clientKey(message))?.address === address
  }

  release(message: DhcpMessage): void {
    for (const { leases } of this.#places) leases.release(clientKey(message))
  }

  decline(now: Micros, message: DhcpMessage): void {
    const address = requestedIpAddress(message)
    if (address === undefined) return
    for (const { leases } of this.#places) leases.decline(now, clientKey(message), address)
  }

  /** The pool of the relay's subnet; without relay that of its own, else the first. */
  #placeFor({ giaddr }: DhcpMessage): Place | undefined {
    const near = giaddr === ANY_IP4 ? this.#self : giaddr
    for (const place of this.#places) if (contains(place.subnet, near)) return place
    return giaddr === ANY_IP4 ? this.#places[0] : undefined
  }
}
