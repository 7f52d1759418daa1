/**
 * One UDP socket of the port, made of several of the operating system (`listening.ts`). Filters what it receives as
 * the options say, because the system cannot. Does not answer what it filters out with ICMP.
 */
import { LIMITED_BROADCAST, contains, isMulticast, networkOf } from '../../core/address.ts'
import type { Endpoint, Ip4 } from '../../core/address.ts'
import type { Destination, Unreachable } from '../../core/state-machine.ts'
import { NetworkError } from '../port.ts'
import type { SendStatus, UdpOptions, UdpSocket } from '../port.ts'
import { connect } from './connected.ts'
import type { Connected } from './connected.ts'
import { broadcastOf } from './interfaces.ts'
import type { AddressedInterface } from './interfaces.ts'
import { listeningsFor, outgoingBroadcast } from './listening.ts'
import type { Listening } from './listening.ts'
import type { PortMap } from './ports.ts'
import { dgramSource } from './socket-source.ts'
import type { SocketSource, SystemSocket } from './socket-source.ts'

/** Sends before the socket is bound; more are lost, as a full device queue loses them. */
const MAX_QUEUED_SENDS = 256
/** Ports of one peer that one socket watches for refusals; TFTP needs two, the request's and the transfer's. */
const MAX_CONNECTED_SOCKETS = 4
/** How often a free port is sought that is free on all interfaces. */
const MAX_BIND_ATTEMPTS = 8

/** Of one datagram: 65,535 less the IPv4 and UDP headers. */
const MAX_UDP_PAYLOAD = 65_507

interface Route {
  readonly to: Destination
  readonly send: (payload: Uint8Array) => void
}

interface OpenPort {
  readonly listening: Listening
  readonly socket: SystemSocket
}

export class KernelUdpSocket implements UdpSocket {
  readonly ready: Promise<void>
  readonly #options: UdpOptions
  readonly #ports: PortMap
  readonly #source: SocketSource
  readonly #onClose: () => void
  readonly #connected = new Map<number, Connected>()
  #open: OpenPort[] = []
  /** Where the last send went: a transfer sends thousands of datagrams to one place, which is worked out once. */
  #route: Route | undefined
  /** Of the system; known once bound. */
  #localPort = 0
  #queued: { readonly to: Destination; readonly payload: Uint8Array }[] | undefined = []
  #closed = false

  constructor(
    interfaces: readonly AddressedInterface[],
    ports: PortMap,
    source: SocketSource,
    options: UdpOptions,
    onClose: () => void,
  ) {
    this.#options = options
    this.#ports = ports
    // A peer's refusals are heard by a second socket, which node:dgram must share this one's port with.
    this.#source = options.from === undefined ? source : dgramSource
    this.#onClose = onClose
    this.ready = this.#bind(interfaces)
    // Whoever waits for `ready` learns of the failure; to others this socket is one that never receives.
    this.ready.catch(() => this.close())
  }

  send(to: Destination, payload: Uint8Array): SendStatus {
    if (this.#closed) return 'closed'
    if (payload.length > MAX_UDP_PAYLOAD) return 'tooLarge'
    if (!this.#queued) return this.#sendNow(to, payload)
    if (this.#queued.length < MAX_QUEUED_SENDS) this.#queued.push({ to, payload })
    return 'sent'
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#queued = undefined
    for (const connected of this.#connected.values()) connected.close()
    for (const { socket } of this.#open) socket.close()
    this.#open = []
    this.#onClose()
  }

  async #bind(interfaces: readonly AddressedInterface[]): Promise<void> {
    const listenings = listeningsFor(interfaces, this.#options)
    const wanted = this.#ports.toSystem(this.#options.port)
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#bindAll(listenings, wanted)
        break
      } catch (error) {
        for (const { socket } of this.#open) socket.close()
        this.#open = []
        const isTaken = error instanceof NetworkError && error.code === 'address-in-use'
        if (!isTaken || wanted !== 0 || attempt >= MAX_BIND_ATTEMPTS) throw error
      }
    }
    if (this.#closed) return
    const queued = this.#queued ?? []
    this.#queued = undefined
    for (const { to, payload } of queued) if (!this.#isClosed()) this.#sendNow(to, payload)
  }

  // A call, because the compiler would take the field's value for constant within one function.
  #isClosed(): boolean {
    return this.#closed
  }

  async #bindAll(listenings: readonly Listening[], wanted: number): Promise<void> {
    this.#localPort = wanted
    for (const listening of listenings) {
      const socket = await this.#bindOne(listening)
      if (this.#closed) return socket.close()
      this.#open.push({ listening, socket })
      if (listening.kind === 'own') socket.sendGroupsBy(listening.iface.address.ip)
      if (listening.kind === 'group') joinEverywhere(socket, listening, listenings)
      const target = this.#targetOf(listening)
      socket.listen({
        receive: (payload, ip, port) => this.#receive(listening, target, payload, ip, port),
        ...(this.#wantsErrors && { undelivered: (cause, to) => this.#undelivered(cause, to) }),
      })
    }
  }

  async #bindOne({ kind, address }: Listening): Promise<SystemSocket> {
    const shared = kind !== 'own' || this.#options.from !== undefined
    if (kind === 'own' && shared) {
      // A shared socket would get a port somebody else has; so an exclusive one asks first.
      const probe = await this.#source.bind(address, this.#localPort, { shared: false })
      this.#localPort = probe.port
      probe.close()
    }
    const listener = this.#options.port !== 0
    const errors = this.#wantsErrors
    const socket = await this.#source.bind(address, this.#localPort, { shared, listener, errors })
    this.#localPort = socket.port
    return socket
  }

  /** Only on the port of one peer: on a shared port, an error about one peer would fail sends to the others. */
  get #wantsErrors(): boolean {
    return this.#options.port === 0 && this.#options.onUnreachable !== undefined
  }

  /** `port` of the system. */
  #undelivered(cause: Unreachable['cause'], { ip, port }: Endpoint): void {
    if (!this.#closed)
      this.#options.onUnreachable?.({ cause, target: { ip, port: this.#ports.fromSystem(port) } })
  }

  /** `port` of the system. */
  #receive(listening: Listening, target: Endpoint, payload: Uint8Array, ip: Ip4, port: number): void {
    if (this.#closed) return
    const { from: onlyFrom, match } = this.#options
    if (onlyFrom !== undefined && ip !== onlyFrom) return
    if (match && !holds(payload, match.bytes, match.offset)) return
    if (listening.kind !== 'own' && this.#isOwn(ip, port)) return
    this.#options.onDatagram({
      iface: listening.iface.name,
      source: { ip, port: this.#ports.fromSystem(port) },
      target,
      payload,
    })
  }

  /** As protocol code is told; the same for all that comes by one socket of the system. */
  #targetOf(listening: Listening): Endpoint {
    return { ip: listening.target, port: this.#ports.fromSystem(this.#localPort) }
  }

  /** The system gives a sender its own broadcasts back; a network does not. */
  #isOwn(ip: Ip4, port: number): boolean {
    return (
      port === this.#localPort &&
      this.#open.some(({ listening }) => listening.kind === 'own' && listening.address === ip)
    )
  }

  #sendNow(to: Destination, payload: Uint8Array): SendStatus {
    let route = this.#route
    if (!route || !isSame(route.to, to)) {
      route = this.#routeTo(to)
      if (!route) return 'noRoute'
      this.#route = route
    }
    route.send(payload)
    return 'sent'
  }

  #routeTo(to: Destination): Route | undefined {
    const sender = this.#senderFor(to)
    if (!sender) return undefined
    const { listening, socket } = sender
    const port = this.#ports.toSystem(to.port)
    // Capability linkLayerUnicast is false: who cannot answer ARP yet is reached by broadcast.
    const isBroadcast =
      to.mac !== undefined || to.ip === LIMITED_BROADCAST || to.ip === broadcastOf(listening.iface)
    const ip = isBroadcast ? outgoingBroadcast(listening.iface) : to.ip
    const target = { ip: to.ip, port: to.port }
    const sendPlainly = socket.routeTo({ ip, port }, cause => {
      if (!this.#closed) this.#options.onUnreachable?.({ cause, target })
    })
    const connected = isBroadcast ? undefined : this.#connectedTo(to, port, listening, sendPlainly)
    return { to, send: connected ? payload => connected.send(payload) : sendPlainly }
  }

  #senderFor(to: Destination): OpenPort | undefined {
    const own = this.#open.filter(({ listening }) => listening.kind === 'own')
    if (own.length === 1 && to.iface === undefined) return own[0]
    if (to.iface !== undefined) return own.find(({ listening }) => listening.iface.name === to.iface)
    return own.find(({ listening: { iface } }) => isNeighbour(iface, to.ip)) ?? own[0]
  }

  #connectedTo(
    to: Destination,
    port: number,
    listening: Listening,
    sendPlainly: (payload: Uint8Array) => void,
  ): Connected | undefined {
    const options = this.#options
    if (to.ip !== options.from || !options.onUnreachable || isMulticast(to.ip)) return undefined
    const known = this.#connected.get(port)
    if (known || this.#connected.size >= MAX_CONNECTED_SOCKETS) return known
    const target = { ip: to.ip, port: to.port }
    const connected = connect({
      local: { ip: listening.address, port: this.#localPort },
      remote: { ip: to.ip, port },
      onMessage: (payload, ip, from) =>
        this.#receive(listening, this.#targetOf(listening), payload, ip, from),
      onRefused: cause => void (this.#closed || options.onUnreachable?.({ cause, target })),
      sendPlainly: payload => void (this.#closed || sendPlainly(payload)),
    })
    this.#connected.set(port, connected)
    return connected
  }
}

const isSame = (a: Destination, b: Destination): boolean =>
  a === b || (a.ip === b.ip && a.port === b.port && a.mac === b.mac && a.iface === b.iface)

const isNeighbour = ({ address }: AddressedInterface, ip: Ip4): boolean =>
  contains({ network: networkOf(address.ip, address.prefixLength), prefixLength: address.prefixLength }, ip)

/** A group is joined per interface; one that cannot (no multicast) does not keep the others from it. */
const joinEverywhere = (socket: SystemSocket, group: Listening, listenings: readonly Listening[]): void => {
  for (const { kind, iface } of listenings)
    if (kind === 'own') socket.joinGroup(group.address, iface.address.ip)
}

const holds = (payload: Uint8Array, bytes: Uint8Array, offset: number): boolean => {
  if (payload.length < offset + bytes.length) return false
  for (let i = 0; i < bytes.length; i++) if (payload[offset + i] !== bytes[i]) return false
  return true
}
