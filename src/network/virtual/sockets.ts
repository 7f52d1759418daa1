/**
 * The UDP sockets of one virtual host: who is bound where, and who gets a datagram. Does not touch IP.
 */
import { type Endpoint, type Ip4, isMulticast } from '../../core/address.ts'
import type { Datagram, Destination, Unreachable } from '../../core/state-machine.ts'
import { NetworkError, type SendStatus, type UdpOptions, type UdpSocket } from '../port.ts'

/** IANA's dynamic range; a host hands these out in order, so that a run can be read. */
const FIRST_EPHEMERAL = 49152
const LAST_EPHEMERAL = 65535

export interface SocketActions {
  send(socket: BoundSocket, to: Destination, payload: Uint8Array): SendStatus
  opened(socket: BoundSocket): void
  closed(socket: BoundSocket): void
}

export class BoundSocket implements UdpSocket {
  readonly port: number
  readonly options: UdpOptions
  readonly ready: Promise<void>
  open = true
  readonly #sockets: Sockets

  constructor(sockets: Sockets, port: number, options: UdpOptions, ready: Promise<void>) {
    this.#sockets = sockets
    this.port = port
    this.options = options
    this.ready = ready
  }

  send(to: Destination, payload: Uint8Array): SendStatus {
    return this.open ? this.#sockets.actions.send(this, to, payload) : 'closed'
  }

  close(): void {
    if (!this.open) return
    this.open = false
    this.#sockets.remove(this)
  }

  /** Would this socket take the datagram? `group`: it was sent to a broadcast or multicast address. */
  takes(iface: string, source: Endpoint, target: Ip4, group: boolean, payload: Uint8Array): boolean {
    const { options } = this
    if (options.iface !== undefined && options.iface !== iface) return false
    if (options.address !== undefined && options.address !== target) return false
    if (options.from !== undefined && options.from !== source.ip) return false
    if (group && isMulticast(target) && !options.groups?.includes(target)) return false
    return !options.match || startsAt(payload, options.match.offset, options.match.bytes)
  }
}

const BOUND = Promise.resolve()

export class Sockets {
  readonly actions: SocketActions
  readonly #byPort = new Map<number, BoundSocket[]>()
  #nextEphemeral = FIRST_EPHEMERAL

  constructor(actions: SocketActions) {
    this.actions = actions
  }

  open(options: UdpOptions): BoundSocket {
    const port = options.port === 0 ? this.#ephemeralPort() : options.port
    const taken = this.#byPort.get(port)?.find(other => clashes(other.options, options))
    if (taken) return this.#refused(port, options)
    const socket = new BoundSocket(this, port, options, BOUND)
    const bound = this.#byPort.get(port)
    if (bound) bound.push(socket)
    else this.#byPort.set(port, [socket])
    this.actions.opened(socket)
    return socket
  }

  remove(socket: BoundSocket): void {
    const bound = this.#byPort.get(socket.port)
    const index = bound?.indexOf(socket) ?? -1
    if (!bound || index < 0) return
    if (bound.length === 1) this.#byPort.delete(socket.port)
    else
      this.#byPort.set(
        socket.port,
        bound.filter(other => other !== socket),
      )
    this.actions.closed(socket)
  }

  /** Hands the datagram to its sockets: a unicast to one, the most particular; a group's to all. False: to none. */
  deliver(datagram: Datagram, group: boolean): boolean {
    const bound = this.#byPort.get(datagram.target.port)
    if (!bound) return false
    let best: BoundSocket | undefined
    let any = false
    for (const socket of bound) {
      if (!socket.takes(datagram.iface, datagram.source, datagram.target.ip, group, datagram.payload))
        continue
      any = true
      if (group) socket.options.onDatagram(datagram)
      else if (!best || particularity(socket.options) > particularity(best.options)) best = socket
    }
    best?.options.onDatagram(datagram)
    return any
  }

  unreachable(localPort: number, what: Unreachable): void {
    for (const socket of this.#byPort.get(localPort) ?? []) socket.options.onUnreachable?.(what)
  }

  closeAll(): void {
    for (const bound of this.#byPort.values()) for (const socket of bound) socket.close()
  }

  #refused(port: number, options: UdpOptions): BoundSocket {
    const error = new NetworkError(
      'address-in-use',
      `UDP port ${port} is taken on this host: stop the service that has it`,
    )
    const ready = Promise.reject(error)
    ready.catch(() => {})
    const socket = new BoundSocket(this, port, options, ready)
    socket.open = false
    return socket
  }

  #ephemeralPort(): number {
    for (let tries = FIRST_EPHEMERAL; tries <= LAST_EPHEMERAL; tries++) {
      const port = this.#nextEphemeral
      this.#nextEphemeral = port === LAST_EPHEMERAL ? FIRST_EPHEMERAL : port + 1
      if (!this.#byPort.has(port)) return port
    }
    return FIRST_EPHEMERAL
  }
}

const particularity = (options: UdpOptions): number =>
  (options.from === undefined ? 0 : 4) +
  (options.address === undefined ? 0 : 2) +
  (options.iface === undefined ? 0 : 1)

const clashes = (a: UdpOptions, b: UdpOptions): boolean =>
  a.iface === b.iface && a.address === b.address && a.from === b.from

const startsAt = (payload: Uint8Array, offset: number, bytes: Uint8Array): boolean => {
  for (let i = 0; i < bytes.length; i++) if (payload[offset + i] !== bytes[i]) return false
  return true
}
