/**
 * One UDP socket opened through the C library: sends runs of datagrams in one call, and each by itself where the
 * system cannot cut them. Does not wait for anything: `libc-sockets.ts` tells it when there is something to read, or
 * room to write.
 */
import type { Endpoint, Ip4 } from '../../core/address.ts'
import type { Unreachable } from '../../core/machine.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import type { RunMessage } from './run-message.ts'
import type { Runs, Way } from './runs.ts'
import type { SystemSocket } from './socket-source.ts'
import { causeOfCode } from './system-socket.ts'

/** What all sockets of one source share. */
export interface LibcShared {
  readonly libc: Libc
  readonly runs: Runs
  readonly message: RunMessage
  /** Whether the system can cut runs at all. */
  readonly takesRuns: boolean
  readonly counts: { calls: number; datagrams: number }
  /** Room for the largest datagram, and for who sent it. */
  readonly received: Uint8Array
  readonly source: Uint8Array
  readonly sourceLength: Uint32Array
  /** Wants to be told to read, or to write too. */
  want(socket: LibcSocket, events: number): void
  closed(socket: LibcSocket): void
}

interface Waiting {
  readonly way: LibcWay
  readonly payloads: readonly Uint8Array[]
}

/** The cases in which a run is refused, but each of its datagrams may pass: too large for the link, no such offload. */
const RUN_REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'EIO', 'EMSGSIZE', 'ENOPROTOOPT', 'EOPNOTSUPP'])

export class LibcSocket implements SystemSocket {
  readonly descriptor: number
  readonly port: number
  /** Many may talk to it: requests come here, not the rest of a conversation. */
  readonly isBusy: boolean
  readonly #shared: LibcShared
  #receive: ((payload: Uint8Array, ip: Ip4, port: number) => void) | undefined
  /** What the system had no room for yet, in order. */
  #waiting: Waiting[] = []
  #closed = false

  constructor(descriptor: number, port: number, isBusy: boolean, shared: LibcShared) {
    this.descriptor = descriptor
    this.port = port
    this.isBusy = isBusy
    this.#shared = shared
  }

  listen(receive: (payload: Uint8Array, ip: Ip4, port: number) => void): void {
    this.#receive = receive
    this.#shared.want(this, c.EPOLLIN)
  }

  routeTo(to: Endpoint, failed: (cause: Unreachable['cause']) => void): (payload: Uint8Array) => void {
    const { runs, takesRuns } = this.#shared
    const way = new LibcWay(this, to, takesRuns, failed)
    return payload => void (this.#closed || runs.send(way, payload))
  }

  joinGroup(group: Ip4, by: Ip4): void {
    const request = new Uint8Array(new ArrayBuffer(8))
    new DataView(request.buffer).setUint32(0, group)
    new DataView(request.buffer).setUint32(4, by)
    this.#shared.libc.setsockopt(this.descriptor, c.IPPROTO_IP, c.IP_ADD_MEMBERSHIP, request, 8)
  }

  sendGroupsBy(address: Ip4): void {
    const value = new Uint8Array(new ArrayBuffer(4))
    new DataView(value.buffer).setUint32(0, address)
    this.#shared.libc.setsockopt(this.descriptor, c.IPPROTO_IP, c.IP_MULTICAST_IF, value, 4)
  }

  close(): void {
    if (this.#closed) return
    this.#shared.runs.flush()
    this.#closed = true
    this.#waiting = []
    this.#shared.closed(this)
    this.#shared.libc.close(this.descriptor)
  }

  /** One datagram, if there is one. */
  read(): void {
    const { libc, received, source, sourceLength } = this.#shared
    sourceLength[0] = c.SOCKADDR_SIZE
    const length = libc.recvfrom(this.descriptor, received, received.length, 0, source, sourceLength)
    if (length < 0 || !this.#receive) return
    const ip = ((source[4]! << 24) | (source[5]! << 16) | (source[6]! << 8) | source[7]!) >>> 0
    this.#receive(received.slice(0, length), ip as Ip4, (source[2]! << 8) | source[3]!)
  }

  /** There is room again. */
  write(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { way, payloads } of waiting) this.transmit(way, payloads)
    if (this.#waiting.length === 0 && !this.#closed) this.#shared.want(this, c.EPOLLIN)
  }

  transmit(way: LibcWay, payloads: readonly Uint8Array[]): void {
    if (this.#closed) return
    if (this.#waiting.length > 0) return void this.#waiting.push({ way, payloads })
    const first = payloads[0]!
    const { libc, message, counts } = this.#shared
    const sent =
      payloads.length > 1
        ? message.send(this.descriptor, way.address, payloads)
        : libc.sendto(this.descriptor, first, first.length, 0, way.address, c.SOCKADDR_SIZE)
    if (sent >= 0) {
      counts.calls++
      counts.datagrams += payloads.length
      return
    }
    const code = libc.errorCode()
    if (code === 'EAGAIN') {
      this.#waiting.push({ way, payloads })
      this.#shared.want(this, c.EPOLLIN | c.EPOLLOUT)
    } else if (payloads.length > 1 && RUN_REFUSALS.has(code)) {
      way.takesRuns = false
      for (const payload of payloads) this.transmit(way, [payload])
    } else {
      queueMicrotask(() => void (this.#closed || way.failed(causeOfCode(code))))
    }
  }
}

class LibcWay implements Way {
  readonly address = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
  readonly failed: (cause: Unreachable['cause']) => void
  takesRuns: boolean
  readonly #socket: LibcSocket

  constructor(
    socket: LibcSocket,
    to: Endpoint,
    takesRuns: boolean,
    failed: (cause: Unreachable['cause']) => void,
  ) {
    this.#socket = socket
    this.takesRuns = takesRuns
    this.failed = failed
    c.writeSockaddr(this.address, to.ip, to.port)
  }

  transmit(payloads: readonly Uint8Array[]): void {
    this.#socket.transmit(this, payloads)
  }
}
