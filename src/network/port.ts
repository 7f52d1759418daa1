/**
 * The port through which everything reaches a network: hosts with interfaces, UDP sockets and timers. Types only;
 * `virtual/` and `kernel/` implement it, and one compliance suite (test/network/compliance.ts) holds them to it.
 * TCP is there only in virtual networks; real services that need it stand on Node's own. No raw sockets, no IPv6.
 */
import type { Endpoint, Ip4, Mac } from '../core/address.ts'
import type { Datagram, Destination, OpenSocket, Unreachable } from '../core/state-machine.ts'
import type { Micros } from '../core/micros.ts'
import type { Random } from '../core/random.ts'
import type { TcpEvent } from '../protocol/tcp/connection.ts'

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Monotonic, 0 at the start of the run. */
  now(): Micros
  /** Fires at `at`, or as soon as possible if that is past; never from within this call. */
  setTimer(at: Micros, fire: () => void): Timer
}

export interface Address {
  readonly ip: Ip4
  readonly prefixLength: number
  /** Where it is no run of ones; `prefixLength` then counts those that it begins with. */
  readonly mask?: Ip4
  /** Default router, if any. */
  readonly router?: Ip4
  /** It is used even where it is on no link of this interface. */
  readonly routerOffLink?: true
}

export interface Interface {
  readonly name: string
  readonly mac: Mac
  /** The first is the source of what is sent without a source of its own. Empty: not configured yet. */
  readonly addresses: readonly Address[]
}

/** What became of a send, as far as the host can tell at once. */
export type SendStatus = 'sent' | 'noRoute' | 'tooLarge' | 'closed'

export interface UdpSocket {
  /** Resolves when the socket is bound; rejects with `NetworkError`. Sends before that are queued. */
  readonly ready: Promise<void>
  send(to: Destination, payload: Uint8Array): SendStatus
  close(): void
}

export interface UdpOptions extends OpenSocket {
  /** Receive (and broadcast) only by this interface. */
  readonly iface?: string
  /**
   * Receive only datagrams whose payload holds these bytes at `offset`. DHCP clients give their chaddr, as a packet
   * filter in a real stack would; a virtual segment uses it to find the receivers of a broadcast without asking all.
   */
  readonly match?: { readonly offset: number; readonly bytes: Uint8Array }
  onDatagram(datagram: Datagram): void
  onUnreachable?(what: Unreachable): void
}

/** A TCP connection, as its owner has it. */
export interface TcpStream {
  readonly remote: Endpoint
  send(bytes: Uint8Array): void
  /** Nothing more to send. */
  end(): void
  /** Ends it at once, both ways. */
  reset(): void
}

/** The owner of a connection: told of everything, of its end last. */
export interface TcpPort {
  onEvent(event: TcpEvent): void
}

/** Called for each connection that is asked for. */
export type TcpListener = (stream: TcpStream) => TcpPort

export interface Host {
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly interfaces: readonly Interface[]
  openUdp(options: UdpOptions): UdpSocket
  /** Gives an interface its addresses in place of those it has; none takes them away. Back-ends that cannot throw `NetworkError`. */
  configure(iface: string, addresses: readonly Address[]): void
  /** Undefined: there is no way to `to`. */
  connectTcp?(to: Endpoint, owner: TcpPort): TcpStream | undefined
  /** Throws `NetworkError` where the port is taken. */
  listenTcp?(port: number, listener: TcpListener): { close(): void }
  /** A datagram that was delivered found no room; for back-ends in which that can be watched. */
  overflow?(datagram: Datagram): void
}

/** What a back-end can do; declared, so that a caller need not find out by failing. */
export interface Capabilities {
  /** The same inputs give the same run, to the byte. */
  readonly deterministic: boolean
  /** `Destination.mac` is honoured; otherwise such a datagram is broadcast. */
  readonly linkLayerUnicast: boolean
  /** `Host.configure` works. */
  readonly configurable: boolean
}

/** Thrown (or rejected with) by back-ends; `code` is stable, the message names the remedy. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly code:
    | 'address-in-use'
    | 'not-permitted'
    | 'no-such-interface'
    | 'no-such-address'
    | 'no-descriptor'
    | 'unsupported'
    | 'failed'
  constructor(code: NetworkError['code'], message: string) {
    super(message)
    this.code = code
  }
}
