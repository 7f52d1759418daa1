/**
 * One UDP socket opened through the C library. An I/O backend moves its datagrams; this file handles those that the
 * kernel refuses: they are queued until the socket is writable, sent one by one where the kernel cannot segment, or
 * reported as undeliverable. Never blocks.
 */
import { type Endpoint, type Ip4, ip4Number } from '../../core/address.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import type { BackendFlow, BackendSocket, IoBackend } from './io-backend.ts'
import type { ErrorQueue } from './error-queue.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import type { GsoBatcher, Flow } from './gso-batcher.ts'
import type { SocketHandler, SystemSocket } from './socket-source.ts'
import { causeOfCode } from './system-socket.ts'

/** What all sockets of one source share. */
export interface LibcShared {
  readonly libc: Libc
  readonly batcher: GsoBatcher
  readonly backend: IoBackend
  readonly errors: ErrorQueue
  /** Whether the kernel supports UDP_SEGMENT at all. */
  readonly supportsGso: boolean
  closed(socket: LibcSocket): void
}

interface Waiting {
  readonly flow: LibcFlow
  readonly payloads: readonly Uint8Array[]
}

/** Errors on which a batch is refused although each datagram may pass: larger than the link, no such offload. */
const GSO_REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'EIO', 'EMSGSIZE', 'ENOPROTOOPT', 'EOPNOTSUPP'])

export class LibcSocket implements SystemSocket, BackendSocket {
  readonly descriptor: number
  readonly port: number
  /** A well-known port that receives requests from anybody, as opposed to the port of one transfer. */
  readonly isListener: boolean
  readonly #shared: LibcShared
  #handler: SocketHandler | undefined
  /** Sends that would have blocked, in order. */
  #backlog: Waiting[] = []
  #closed = false

  constructor(descriptor: number, port: number, isListener: boolean, shared: LibcShared) {
    this.descriptor = descriptor
    this.port = port
    this.isListener = isListener
    this.#shared = shared
  }

  listen(handler: SocketHandler): void {
    this.#handler = handler
    this.#shared.backend.register(this)
  }

  routeTo(to: Endpoint, failed: (cause: Unreachable['cause']) => void): (payload: Uint8Array) => void {
    const { batcher, supportsGso } = this.#shared
    const flow = new LibcFlow(this, to, supportsGso, failed)
    return payload => void (this.#closed || batcher.send(flow, payload))
  }

  joinGroup(group: Ip4, by: Ip4): void {
    const request = new Uint8Array(new ArrayBuffer(8))
    new DataView(request.buffer).setUint32(0, ip4Number(group))
    new DataView(request.buffer).setUint32(4, ip4Number(by))
    this.#shared.libc.setsockopt(this.descriptor, c.IPPROTO_IP, c.IP_ADD_MEMBERSHIP, request, 8)
  }

  sendGroupsBy(address: Ip4): void {
    const value = new Uint8Array(new ArrayBuffer(4))
    new DataView(value.buffer).setUint32(0, ip4Number(address))
    this.#shared.libc.setsockopt(this.descriptor, c.IPPROTO_IP, c.IP_MULTICAST_IF, value, 4)
  }

  close(): void {
    if (this.#closed) return
    const { batcher, backend, libc } = this.#shared
    batcher.flush()
    this.#closed = true
    this.#backlog = []
    backend.unregister(this)
    this.#shared.closed(this)
    libc.close(this.descriptor)
  }

  /** Called by the backend. What is sent in answer is batched until the handler returns. */
  deliver(payload: Uint8Array, ip: Ip4, port: number): void {
    if (this.#closed || !this.#handler) return
    const { batcher } = this.#shared
    batcher.cork()
    try {
      this.#handler.receive(payload, ip, port)
    } finally {
      batcher.uncork()
    }
  }

  /** Called by the backend: the socket buffer has room again. */
  writable(): void {
    const waiting = this.#backlog
    this.#backlog = []
    for (const { flow, payloads } of waiting) this.transmit(flow, payloads)
  }

  /** Called by the backend: the error queue has entries. Returns the destinations they concern. */
  readErrors(): readonly Endpoint[] {
    const { errors } = this.#shared
    const undelivered = this.#handler?.undelivered ? errors.read(this.descriptor) : []
    for (const { cause, ip, port } of undelivered)
      queueMicrotask(() => void (this.#closed || this.#handler?.undelivered?.(cause, { ip, port })))
    return undelivered
  }

  /** Called by the backend: the kernel did not take these payloads; `code` is the errno name. */
  sendFailed(flow: LibcFlow, payloads: readonly Uint8Array[], code: string): void {
    if (this.#closed) return
    if (code === 'EAGAIN') {
      this.#backlog.push({ flow, payloads })
      if (this.#backlog.length === 1) this.#shared.backend.awaitWritable(this)
      return
    }
    if (payloads.length > 1 && GSO_REFUSALS.has(code)) {
      flow.supportsGso = false
      for (const payload of payloads) this.transmit(flow, [payload])
      return
    }
    // After an ICMP error the next system call on the socket fails, whichever peer the error concerns.
    const undelivered = this.readErrors()
    if (undelivered.length === 0) queueMicrotask(() => void (this.#closed || flow.failed(causeOfCode(code))))
    else if (!undelivered.some(({ ip, port }) => ip === flow.to.ip && port === flow.to.port))
      this.transmit(flow, payloads)
  }

  transmit(flow: LibcFlow, payloads: readonly Uint8Array[]): void {
    if (this.#closed) return
    if (this.#backlog.length > 0) this.#backlog.push({ flow, payloads })
    else this.#shared.backend.send(this, flow, payloads)
  }
}

export class LibcFlow implements Flow, BackendFlow {
  readonly to: Endpoint
  /** `struct sockaddr_in` as two words; the rest is 0. */
  readonly address: readonly [number, number]
  readonly failed: (cause: Unreachable['cause']) => void
  supportsGso: boolean
  readonly #socket: LibcSocket

  constructor(
    socket: LibcSocket,
    to: Endpoint,
    supportsGso: boolean,
    failed: (cause: Unreachable['cause']) => void,
  ) {
    this.#socket = socket
    this.to = to
    this.supportsGso = supportsGso
    this.failed = failed
    this.address = c.sockaddrWords(to.ip, to.port)
  }

  transmit(payloads: readonly Uint8Array[]): void {
    this.#socket.transmit(this, payloads)
  }
}
