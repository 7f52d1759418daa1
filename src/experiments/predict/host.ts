/**
 * The smallest host that a firmware script runs on: virtual time, one interface, and a function instead of a network.
 * Knows the address rules of a stack (no route, a unicast before there is an address); no ARP, no frames.
 */
import { type Ip4, LIMITED_BROADCAST, isMulticast, maskedBy, netmask } from '../../core/address.ts'
import type { Endpoint, Mac } from '../../core/address.ts'
import { equalBytes } from '../../core/bytes.ts'
import type { Destination, Unreachable } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { type Random, random } from '../../core/random.ts'
import type { StackTraits } from '../../firmware/pc.ts'
import type { Address, Host, Interface, SendStatus, UdpOptions, UdpSocket } from '../../network/port.ts'
import { Scheduler } from '../../network/virtual/scheduler.ts'

export interface SentDatagram {
  readonly fromPort: number
  readonly to: Destination
  readonly payload: Uint8Array
}

/** Everybody else: may answer at once or later, by `deliver` and `refuse`. */
export type World = (sent: SentDatagram, host: ReplayHost) => void

export interface Delivery {
  readonly from: Endpoint
  /** 255.255.255.255 or an address. */
  readonly to: Ip4
  readonly port: number
  readonly payload: Uint8Array
}

const FIRST_EPHEMERAL = 49_152

export class ReplayHost implements Host {
  readonly name = 'machine'
  readonly clock = new Scheduler()
  readonly random: Random
  readonly #stack: StackTraits
  readonly #world: World
  readonly #mac: Mac
  #addresses: readonly Address[] = []
  #sockets: ReplaySocket[] = []
  #ephemeral = FIRST_EPHEMERAL

  constructor(mac: Mac, stack: StackTraits, world: World) {
    this.#mac = mac
    this.#stack = stack
    this.#world = world
    this.random = random(`replay ${mac}`)
  }

  get interfaces(): readonly Interface[] {
    return [{ name: 'eth0', mac: this.#mac, addresses: this.#addresses }]
  }

  configure(_: string, addresses: readonly Address[]): void {
    this.#addresses = addresses
  }

  openUdp(options: UdpOptions): UdpSocket {
    const socket = new ReplaySocket(this, options.port || this.#ephemeral++, options)
    this.#sockets.push(socket)
    return socket
  }

  close(socket: ReplaySocket): void {
    this.#sockets = this.#sockets.filter(other => other !== socket)
  }

  after(delay: Micros, act: () => void): void {
    this.clock.setTimer(this.clock.now() + Math.max(0, delay), act)
  }

  /** Now; whoever wants it later says so by `after`. */
  deliver({ from, to, port, payload }: Delivery): void {
    const isUnicast = to !== LIMITED_BROADCAST
    if (isUnicast && !this.#addresses[0] && !this.#stack.acceptsUnicastUnconfigured) return
    const socket = this.#sockets.find(candidate => candidate.port === port && candidate.takes(from, payload))
    socket?.options.onDatagram({ iface: 'eth0', source: from, target: { ip: to, port }, payload })
  }

  /** What was sent from this port to that target did not arrive. */
  refuse(fromPort: number, cause: Unreachable['cause'], target: Endpoint): void {
    const socket = this.#sockets.find(candidate => candidate.port === fromPort)
    socket?.options.onUnreachable?.({ cause, target })
  }

  send(socket: ReplaySocket, to: Destination, payload: Uint8Array): SendStatus {
    if (!this.#sockets.includes(socket)) return 'closed'
    if (!this.#hasRoute(to)) return 'noRoute'
    this.#world({ fromPort: socket.port, to, payload }, this)
    return 'sent'
  }

  #hasRoute({ ip, mac }: Destination): boolean {
    if (ip === LIMITED_BROADCAST || isMulticast(ip) || mac !== undefined) return true
    const address = this.#addresses[0]
    if (!address) return false
    const mask = address.mask ?? netmask(address.prefixLength)
    const isOnLink = (other: Ip4): boolean => maskedBy(other, mask) === maskedBy(address.ip, mask)
    const { router, routerOffLink } = address
    return isOnLink(ip) || (router !== undefined && (routerOffLink || isOnLink(router)))
  }
}

class ReplaySocket implements UdpSocket {
  readonly ready = Promise.resolve()
  readonly port: number
  readonly options: UdpOptions
  readonly #host: ReplayHost

  constructor(host: ReplayHost, port: number, options: UdpOptions) {
    this.#host = host
    this.port = port
    this.options = options
  }

  takes(from: Endpoint, payload: Uint8Array): boolean {
    const { from: only, match } = this.options
    if (only !== undefined && only !== from.ip) return false
    if (!match) return true
    return equalBytes(payload.subarray(match.offset, match.offset + match.bytes.length), match.bytes)
  }

  send(to: Destination, payload: Uint8Array): SendStatus {
    return this.#host.send(this, to, payload)
  }

  close(): void {
    this.#host.close(this)
  }
}
