/**
 * Which requests to ports 67 and 4011 are looked at at all: not those that would have the answer sent where no relay and
 * no machine can be, nor more than a network needs from one place. Looks at fixed fields only, so that a flood is cheap to
 * refuse. Does not answer, and does not know what is asked.
 */
import {
  ANY_IP4,
  type Ip4,
  type Mac,
  directedBroadcast,
  ip4At,
  ip4Number,
  isLoopbackIp,
  macAt,
  networkOf,
} from '../../core/address.ts'
import { SECOND, type Micros } from '../../core/micros.ts'
import { RecentMap } from '../../core/recent-map.ts'
import type { Datagram } from '../../core/state-machine.ts'
import { BOOTREQUEST } from '../../wire/dhcp/message.ts'
import { DHCP } from '../../wire/layout.ts'

/** Why a request is left alone. The texts go on with "a request …". */
export const INADMISSIBLE = {
  'unusable-relay': 'names a relay (giaddr) that can be none',
  'unusable-client-address': 'names an address of its own (ciaddr) that no machine can have',
  'machine-too-often': 'comes from a machine that asks too often',
  'source-too-often': 'is of a new machine, and too many new machines ask from there',
} as const

export type Inadmissible = keyof typeof INADMISSIBLE

/** Machines of which it is known that they asked before; those heard least recently are forgotten first. */
export const MAX_ADMITTED_MACHINES = 131_072
/** Addresses that requests come from, each with a rate of its own; those heard least recently are forgotten first. */
export const MAX_ADMITTED_SOURCES = 8_192
/** Requests a second from one machine; further ones are left alone. Firmware sends one, by each relay. */
export const MAX_REQUESTS_PER_MACHINE = 20
/** Machines a second that ask for the first time, from one address; further ones are served when they ask again. */
export const MAX_NEW_MACHINES = 4_000

/** An address of our own and its subnet. */
export interface OwnAddress {
  readonly ip: Ip4
  readonly prefixLength: number
}

/**
 * So many events a second, and as many at once after a silence: per key the time up to which what was admitted is paid
 * for (GCRA, ITU-T I.371).
 */
class Rate<Key> {
  readonly #paidUntil: RecentMap<Key, Micros>
  readonly #interval: Micros

  constructor(perSecond: number, keys: number) {
    this.#interval = SECOND / perSecond
    this.#paidUntil = new RecentMap(keys)
  }

  knows(key: Key): boolean {
    return this.#paidUntil.get(key) !== undefined
  }

  admits(now: Micros, key: Key): boolean {
    const from = Math.max(this.#paidUntil.get(key) ?? 0, now)
    if (from - now >= SECOND) return false
    this.#paidUntil.set(key, from + this.#interval)
    return true
  }
}

export class Admission {
  readonly #own: readonly OwnAddress[]
  readonly #machines = new Rate<Mac>(MAX_REQUESTS_PER_MACHINE, MAX_ADMITTED_MACHINES)
  readonly #sources = new Rate<Ip4>(MAX_NEW_MACHINES, MAX_ADMITTED_SOURCES)

  /** With an address of loopback among its own, others of loopback are as good as any. */
  constructor(own: readonly OwnAddress[]) {
    this.#own = own
  }

  /** Undefined: it may be answered, or is no request and left to whoever reads it. */
  refusal(now: Micros, { payload, source }: Datagram): Inadmissible | undefined {
    if (payload.length < DHCP.sname || payload[DHCP.op] !== BOOTREQUEST) return undefined
    if (!this.#canBe(ip4At(payload, DHCP.giaddr))) return 'unusable-relay'
    if (!this.#canBe(ip4At(payload, DHCP.ciaddr))) return 'unusable-client-address'
    const mac = macAt(payload, DHCP.chaddr)
    const isNew = !this.#machines.knows(mac)
    if (!this.#machines.admits(now, mac)) return 'machine-too-often'
    // What asks again is no invented machine: a flood makes a new one for each request.
    return isNew && !this.#sources.admits(now, source.ip) ? 'source-too-often' : undefined
  }

  /** Zero says that there is none. */
  #canBe(ip: Ip4): boolean {
    return ip === ANY_IP4 || (isHost(ip) && this.#own.every(own => isAnother(ip, own)))
  }
}

/** RFC 1122 §3.2.1.3: neither of net 0, nor a group, nor the broadcast address. */
const isHost = (ip: Ip4): boolean => {
  const first = ip4Number(ip) >>> 24
  return first > 0 && first < 224
}

const isAnother = (ip: Ip4, own: OwnAddress): boolean => {
  // Several hosts of a lab may be one address of loopback.
  if (isLoopbackIp(own.ip)) return true
  if (ip === own.ip || isLoopbackIp(ip)) return false
  const { prefixLength } = own
  if (prefixLength >= 31) return true // RFC 3021
  const network = networkOf(own.ip, prefixLength)
  return ip !== network && ip !== directedBroadcast({ network, prefixLength })
}
