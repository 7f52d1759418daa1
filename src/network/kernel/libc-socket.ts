/**
 * One UDP socket opened through the C library. A courier carries its datagrams; here is what becomes of those that the
 * system refuses: they wait for room, go one by one where the system cannot cut them, or are told as lost. Does not
 * wait for anything.
 */
import type { Endpoint, Ip4 } from '../../core/address.ts'
import type { Unreachable } from '../../core/machine.ts'
import type { Courier } from './courier.ts'
import type { ErrorQueue } from './error-queue.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import type { Runs, Way } from './runs.ts'
import type { Hearing, SystemSocket } from './socket-source.ts'
import { causeOfCode } from './system-socket.ts'

/** What all sockets of one source share. */
export interface LibcShared {
  readonly libc: Libc
  readonly runs: Runs
  readonly courier: Courier
  readonly errors: ErrorQueue
  /** Whether the system can cut runs at all. */
  readonly takesRuns: boolean
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
  #hearing: Hearing | undefined
  /** What the system had no room for yet, in order. */
  #waiting: Waiting[] = []
  #closed = false

  constructor(descriptor: number, port: number, isBusy: boolean, shared: LibcShared) {
    this.descriptor = descriptor
    this.port = port
    this.isBusy = isBusy
    this.#shared = shared
  }

  listen(hearing: Hearing): void {
    this.#hearing = hearing
    this.#shared.courier.hear(this)
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
    const { runs, courier, libc } = this.#shared
    runs.flush()
    this.#closed = true
    this.#waiting = []
    courier.forget(this)
    this.#shared.closed(this)
    libc.close(this.descriptor)
  }

  /** By the courier: this came. What is sent in answer is gathered until all of it is known. */
  take(payload: Uint8Array, ip: Ip4, port: number): void {
    if (this.#closed || !this.#hearing) return
    const { runs } = this.#shared
    runs.hold()
    try {
      this.#hearing.receive(payload, ip, port)
    } finally {
      runs.release()
    }
  }

  /** By the courier: there is room again. */
  room(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { way, payloads } of waiting) this.transmit(way, payloads)
  }

  /** By the courier: the system has heard something of what was sent. Returns whom it was about. */
  hearErrors(): readonly Endpoint[] {
    const { errors } = this.#shared
    const told = this.#hearing?.undelivered ? errors.read(this.descriptor) : []
    for (const { cause, ip, port } of told)
      queueMicrotask(() => void (this.#closed || this.#hearing?.undelivered?.(cause, { ip, port })))
    return told
  }

  /** By the courier: the system did not take this. */
  refused(way: LibcWay, payloads: readonly Uint8Array[], code: string): void {
    if (this.#closed) return
    if (code === 'EAGAIN') {
      this.#waiting.push({ way, payloads })
      if (this.#waiting.length === 1) this.#shared.courier.awaitRoom(this)
      return
    }
    if (payloads.length > 1 && RUN_REFUSALS.has(code)) {
      way.takesRuns = false
      for (const payload of payloads) this.transmit(way, [payload])
      return
    }
    // The next call of the system after ICMP came fails for it, whomever it is about.
    const told = this.hearErrors()
    if (told.length === 0) queueMicrotask(() => void (this.#closed || way.failed(causeOfCode(code))))
    else if (!told.some(({ ip, port }) => ip === way.to.ip && port === way.to.port))
      this.transmit(way, payloads)
  }

  transmit(way: LibcWay, payloads: readonly Uint8Array[]): void {
    if (this.#closed) return
    if (this.#waiting.length > 0) this.#waiting.push({ way, payloads })
    else this.#shared.courier.send(this, way, payloads)
  }
}

export class LibcWay implements Way {
  readonly to: Endpoint
  /** `struct sockaddr_in` as two words; the rest is 0. */
  readonly address: readonly [number, number]
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
    this.to = to
    this.takesRuns = takesRuns
    this.failed = failed
    this.address = c.sockaddrWords(to.ip, to.port)
  }

  transmit(payloads: readonly Uint8Array[]): void {
    this.#socket.transmit(this, payloads)
  }
}
