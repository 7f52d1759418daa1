/**
 * TCP on a virtual host: who listens, which connections there are, and their timers. The protocol itself is
 * `protocol/tcp`; routes and packets are the host's.
 */
import { type Endpoint, type Ip4, formatIp4 } from '../../core/address.ts'
import type { Random } from '../../core/random.ts'
import { TcpConnection, type TcpEvent } from '../../protocol/tcp/connection.ts'
import type { Ip4Packet, RawBody } from '../../wire/frame.ts'
import { IP_PROTOCOL } from '../../wire/layout.ts'
import { TCP_FLAG, type TcpSegment, readTcp, tcpBody } from '../../wire/tcp.ts'
import {
  type Clock,
  NetworkError,
  type TcpListener,
  type TcpPort,
  type TcpStream,
  type Timer,
} from '../port.ts'

const FIRST_EPHEMERAL = 49152
/** Connections of one host at a time; the next SYN is not answered, as by a full backlog. */
const MAX_CONNECTIONS = 4096

export interface TcpActions {
  /** The address that packets to `target` leave with; undefined: there is no way to it. */
  sourceFor(target: Ip4): Ip4 | undefined
  send(source: Ip4, target: Ip4, body: RawBody): void
}

type Sent = Omit<TcpSegment, 'sourcePort' | 'targetPort'>

/** Where a connection's segments go, and who forgets it. */
interface Way {
  send(segment: Sent): void
  gone(): void
}

export class TcpStack {
  readonly #clock: Clock
  readonly #random: Random
  readonly #actions: TcpActions
  readonly #listeners = new Map<number, TcpListener>()
  readonly #connections = new Map<string, Connection>()
  #nextPort = FIRST_EPHEMERAL

  constructor(clock: Clock, random: Random, actions: TcpActions) {
    this.#clock = clock
    this.#random = random
    this.#actions = actions
  }

  listen(port: number, listener: TcpListener): { close(): void } {
    if (this.#listeners.has(port))
      throw new NetworkError('address-in-use', `TCP port ${port} is taken on this host`)
    this.#listeners.set(port, listener)
    return {
      close: () => {
        this.#listeners.delete(port)
        for (const connection of this.#connections.values())
          if (connection.local.port === port) connection.reset()
      },
    }
  }

  /** Undefined: there is no way to `to`. */
  connect(to: Endpoint, owner: TcpPort): TcpStream | undefined {
    const ip = this.#actions.sourceFor(to.ip)
    if (ip === undefined) return undefined
    const machine = TcpConnection.connect(this.#clock.now(), this.#random.u32())
    const connection = this.#open({ ip, port: this.#freePort() }, to, machine)
    connection.owner = owner
    connection.flush()
    return connection
  }

  receive(packet: Ip4Packet, body: RawBody): void {
    const segment = readTcp(body.bytes, packet.source, packet.target)
    if (!segment) return
    const local = { ip: packet.target, port: segment.targetPort }
    const remote = { ip: packet.source, port: segment.sourcePort }
    const known = this.#connections.get(keyOf(local, remote))
    if (known) known.receive(segment)
    else if (segment.flags & TCP_FLAG.rst) return
    else if (segment.flags & TCP_FLAG.syn && (segment.flags & TCP_FLAG.ack) === 0)
      this.#answerSyn(local, remote, segment)
    else this.#refuse(local, remote, segment)
  }

  /** ICMP or ARP says that `target` cannot be reached. */
  unreachable(target: Endpoint): void {
    for (const connection of this.#connections.values())
      if (connection.remote.ip === target.ip && connection.remote.port === target.port)
        connection.unreachable()
  }

  /** As when the power goes: nobody is told. */
  clear(): void {
    for (const connection of this.#connections.values()) connection.forget()
    this.#connections.clear()
    this.#listeners.clear()
  }

  #answerSyn(local: Endpoint, remote: Endpoint, syn: TcpSegment): void {
    const listener = this.#listeners.get(local.port)
    if (!listener) return this.#refuse(local, remote, syn)
    if (this.#connections.size >= MAX_CONNECTIONS) return
    const machine = TcpConnection.accept(this.#clock.now(), this.#random.u32(), syn)
    const connection = this.#open(local, remote, machine)
    connection.owner = listener(connection)
    connection.flush()
  }

  #refuse(local: Endpoint, remote: Endpoint, { flags, sequence, acknowledgment, payload }: TcpSegment): void {
    const isAck = (flags & TCP_FLAG.ack) !== 0
    const length = payload.length + (flags & TCP_FLAG.syn ? 1 : 0) + (flags & TCP_FLAG.fin ? 1 : 0)
    this.#send(local, remote, {
      sequence: isAck ? acknowledgment : 0,
      acknowledgment: isAck ? 0 : (sequence + length) >>> 0,
      flags: TCP_FLAG.rst | (isAck ? 0 : TCP_FLAG.ack),
      window: 0,
      payload: NO_BYTES,
    })
  }

  #open(local: Endpoint, remote: Endpoint, machine: TcpConnection): Connection {
    const key = keyOf(local, remote)
    const connection: Connection = new Connection(local, remote, machine, this.#clock, {
      send: segment => this.#send(local, remote, segment),
      gone: () => void (this.#connections.get(key) === connection && this.#connections.delete(key)),
    })
    this.#connections.set(key, connection)
    return connection
  }

  #send(local: Endpoint, remote: Endpoint, segment: Sent): void {
    const whole = { ...segment, sourcePort: local.port, targetPort: remote.port }
    this.#actions.send(local.ip, remote.ip, tcpBody(whole, local.ip, remote.ip))
  }

  #freePort(): number {
    const port = this.#nextPort
    this.#nextPort = port === 0xffff ? FIRST_EPHEMERAL : port + 1
    return port
  }
}

class Connection implements TcpStream {
  readonly local: Endpoint
  readonly remote: Endpoint
  owner: TcpPort | undefined
  readonly #machine: TcpConnection
  readonly #clock: Clock
  readonly #way: Way
  #timer: Timer | undefined
  #isFlushing = false

  constructor(local: Endpoint, remote: Endpoint, machine: TcpConnection, clock: Clock, way: Way) {
    this.local = local
    this.remote = remote
    this.#machine = machine
    this.#clock = clock
    this.#way = way
  }

  send(bytes: Uint8Array): void {
    this.#machine.send(this.#clock.now(), bytes)
    this.flush()
  }

  end(): void {
    this.#machine.end(this.#clock.now())
    this.flush()
  }

  reset(): void {
    this.#machine.abort()
    this.flush()
  }

  receive(segment: TcpSegment): void {
    this.#machine.receive(this.#clock.now(), segment)
    this.flush()
  }

  unreachable(): void {
    this.#machine.unreachable()
    this.flush()
  }

  forget(): void {
    this.#timer?.cancel()
    this.owner = undefined
  }

  /** Segments first, then events: what an owner answers goes out after what is due already. */
  flush(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    for (let more = true; more;) {
      const { segments, events } = this.#machine.take()
      for (const segment of segments) this.#way.send(segment)
      for (const event of events) this.#tell(event)
      more = segments.length > 0 || events.length > 0
    }
    this.#isFlushing = false
    this.#keepTimer()
  }

  #tell(event: TcpEvent): void {
    if (event.kind === 'closed') this.#way.gone()
    this.owner?.onEvent(event)
  }

  #keepTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const at = this.#machine.wakeAt
    if (at !== undefined) this.#timer = this.#clock.setTimer(at, () => this.#wake())
  }

  #wake(): void {
    this.#timer = undefined
    this.#machine.wake(this.#clock.now())
    this.flush()
  }
}

export const isTcp = (body: Ip4Packet['body']): body is RawBody =>
  body.kind === 'raw' && body.protocol === IP_PROTOCOL.tcp

const keyOf = (local: Endpoint, remote: Endpoint): string =>
  `${formatIp4(local.ip)}:${local.port} ${formatIp4(remote.ip)}:${remote.port}`

const NO_BYTES = new Uint8Array(0)
