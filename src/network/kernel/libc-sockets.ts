/**
 * UDP sockets through the C library, all served by one I/O backend whose descriptor Node's event loop watches: however
 * many sockets are readable, it is one iteration of that loop. Faster than node:dgram and otherwise the same, except
 * that it reports ICMP errors. Used only where `acceleration.ts` found that it works.
 */
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Ip4 } from '../../core/address.ts'
import type { IoBackend, PollResult } from './io-backend.ts'
import { ErrorQueue } from './error-queue.ts'
import * as c from './libc.ts'
import type { Libc, Watch } from './libc.ts'
import { LibcSocket } from './libc-socket.ts'
import type { LibcShared } from './libc-socket.ts'
import { BusyPoll } from './busy-poll.ts'
import { GsoBatcher } from './gso-batcher.ts'
import type { BindOptions, SocketSource, SystemSocket } from './socket-source.ts'
import { RECEIVE_BUFFER_BYTES, networkError } from './system-socket.ts'

/** After this long the event loop runs again: timers, HTTP, signals. */
const POLL_BUDGET_MILLIS = 4
/** How long a poll blocks for a peer that answers at once. */
const BLOCK_MILLIS = 1
/** Polls without blocking before it blocks: about as long as a wake-up takes. Useless where the peer cannot run meanwhile. */
const BUSY_POLLS = availableParallelism() > 1 ? 20 : 0

export class LibcSockets implements SocketSource {
  readonly #libc: Libc
  readonly #backend: IoBackend
  readonly #watch: Watch
  readonly #sockets = new Set<LibcSocket>()
  readonly #shared: LibcShared
  readonly #busyPoll = new BusyPoll()
  /** When the last drain ended, by `performance.now`. */
  #leftAt = 0
  #isDrainDue = false
  #closed = false

  /** The backend is this source's own from now on. */
  constructor(libc: Libc, backend: IoBackend, supportsGso: boolean) {
    this.#libc = libc
    this.#backend = backend
    this.#watch = libc.watch(backend.descriptor, () => this.#drainSoon())
    this.#watch.unref()
    const closed = (socket: LibcSocket) => this.#unregister(socket)
    this.#shared = {
      libc,
      backend,
      supportsGso,
      batcher: new GsoBatcher(),
      errors: new ErrorQueue(libc),
      closed,
    }
  }

  get counts(): IoBackend['counts'] {
    return this.#backend.counts
  }

  // oxlint-disable-next-line typescript/require-await -- what it throws must be a rejection
  async bind(address: Ip4, port: number, options: BindOptions): Promise<SystemSocket> {
    return this.bindNow(address, port, options)
  }

  /** Throws NetworkError. */
  bindNow(
    address: Ip4,
    port: number,
    { shared, listener = false, errors = false }: BindOptions,
  ): SystemSocket {
    const libc = this.#libc
    const descriptor = libc.socket(c.AF_INET, c.SOCK_DGRAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0)
    const fail = (call: string) => {
      const code = libc.errorCode()
      if (descriptor >= 0) libc.close(descriptor)
      return networkError(Object.assign(new Error(`${call} ${code}`), { code }), address, port)
    }
    if (descriptor < 0) throw fail('socket')
    const set = (level: number, name: number, value: number): void => {
      libc.setsockopt(descriptor, level, name, new Uint8Array(Int32Array.of(value).buffer), 4)
    }
    set(c.SOL_SOCKET, c.SO_BROADCAST, 1)
    if (shared) set(c.SOL_SOCKET, c.SO_REUSEADDR, 1)
    // The system may grant less.
    if (listener) set(c.SOL_SOCKET, c.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    if (errors) set(c.IPPROTO_IP, c.IP_RECVERR, 1)
    const name = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
    c.writeSockaddr(name, address, port)
    if (libc.bind(descriptor, name, c.SOCKADDR_SIZE) < 0) throw fail('bind')
    if (libc.getsockname(descriptor, name, Uint32Array.of(c.SOCKADDR_SIZE)) < 0) throw fail('getsockname')
    const socket = new LibcSocket(descriptor, (name[2]! << 8) | name[3]!, listener, this.#shared)
    this.#sockets.add(socket)
    this.#watch.ref()
    return socket
  }

  /** Sends what is batched and serves what has arrived, without the event loop. */
  poll(): PollResult {
    this.#shared.batcher.flush()
    return this.#backend.poll(0)
  }

  close(): void {
    if (this.#closed) return
    for (const socket of this.#sockets) socket.close()
    this.#closed = true
    this.#watch.close()
    this.#backend.close()
  }

  #unregister(socket: LibcSocket): void {
    this.#sockets.delete(socket)
    if (this.#sockets.size === 0) this.#watch.unref()
  }

  /** An immediate runs in the same iteration of the loop, as an ordinary callback: microtasks and errors behave as usual. */
  #drainSoon(): void {
    if (this.#isDrainDue || this.#closed) return
    this.#isDrainDue = true
    setImmediate(this.#drain)
  }

  readonly #drain = (): void => {
    this.#isDrainDue = false
    if (this.#closed) return
    this.#backend.onReadable()
    const start = performance.now()
    this.#busyPoll.arrived((start - this.#leftAt) * 1000)
    let isDone = false
    try {
      isDone = this.#pollUntil(start + POLL_BUDGET_MILLIS)
    } finally {
      if (!isDone) this.#drainSoon()
      this.#leftAt = performance.now()
    }
  }

  /** False if there may be more. */
  #pollUntil(end: number): boolean {
    let isPolling = false
    let isArmed = false
    while (!this.#closed) {
      const served = this.#backend.poll(0)
      // A request may have started work that needs the event loop: a file read, an HTTP call, a new socket.
      if (served !== 'nothing') isPolling = served === 'transfers' && this.#busyPoll.isWorthwhile
      else if (isPolling) isPolling = this.#pollBriefly()
      else if (isArmed) return true
      isArmed = served === 'nothing' && !isPolling
      if (isArmed) this.#backend.arm()
      if (performance.now() >= end) break
    }
    return false
  }

  /** Spins, then blocks for a moment; false if nothing arrived. */
  #pollBriefly(): boolean {
    // A peer that answers at once does so before this thread could fall asleep.
    for (let spin = 0; spin < BUSY_POLLS; spin++) if (this.#backend.poll(0) !== 'nothing') return true
    const hasArrived = this.#backend.poll(BLOCK_MILLIS) !== 'nothing'
    if (hasArrived) this.#busyPoll.hit()
    else this.#busyPoll.missed()
    return hasArrived
  }
}
