/**
 * UDP sockets through the C library, all watched by one epoll descriptor, which the event loop of the platform watches
 * in turn: however many sockets have something to read, it is one turn of that loop. Faster than node:dgram, otherwise
 * the same. Only where `acceleration.ts` found that it works.
 */
import type { Ip4 } from '../../core/address.ts'
import * as c from './libc.ts'
import type { Libc, Watch } from './libc.ts'
import { LibcSocket } from './libc-socket.ts'
import type { LibcShared } from './libc-socket.ts'
import { Patience } from './patience.ts'
import { RunMessage } from './run-message.ts'
import { Runs } from './runs.ts'
import type { BindOptions, SocketSource, SystemSocket } from './socket-source.ts'
import { RECEIVE_BUFFER_BYTES, networkError } from './system-socket.ts'

/** Sockets read in one go. */
const EVENTS_MAX = 64
/** Then the event loop has its turn: timers, HTTP, signals. */
const TURN_MILLIS = 4
/** How long it waits within a turn for a peer that answers at once. */
const WAIT_MILLIS = 1
const DATAGRAM_MAX = 65_536

export class LibcSockets implements SocketSource {
  readonly #libc: Libc
  readonly #epoll: number
  readonly #watch: Watch
  readonly #sockets = new Map<number, { readonly socket: LibcSocket; wanted: number }>()
  readonly #events = new Uint8Array(new ArrayBuffer(EVENTS_MAX * c.EPOLL_EVENT.size))
  readonly #eventView = new DataView(this.#events.buffer)
  readonly #shared: LibcShared
  readonly #patience = new Patience()
  /** When the last turn ended, by `performance.now`. */
  #leftAt = 0
  #isDrainDue = false
  #closed = false

  constructor(libc: Libc, takesRuns: boolean) {
    this.#libc = libc
    this.#epoll = libc.epollCreate(c.EPOLL_CLOEXEC)
    if (this.#epoll < 0) throw new Error(`epoll_create1: ${libc.errorCode()}`)
    this.#watch = libc.watch(this.#epoll, () => this.#drainSoon())
    this.#watch.unref()
    this.#shared = {
      libc,
      takesRuns,
      runs: new Runs(),
      message: new RunMessage(libc),
      counts: { calls: 0, datagrams: 0 },
      received: new Uint8Array(new ArrayBuffer(DATAGRAM_MAX)),
      source: new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE)),
      sourceLength: new Uint32Array(new ArrayBuffer(4)),
      want: (socket, events) => this.#want(socket, events),
      closed: socket => this.#forget(socket),
    }
  }

  /** Calls of the system to send, and datagrams sent by them. */
  get counts(): { readonly calls: number; readonly datagrams: number } {
    return this.#shared.counts
  }

  // oxlint-disable-next-line typescript/require-await -- what it throws must be a rejection
  async bind(address: Ip4, port: number, { shared, busy = false }: BindOptions): Promise<SystemSocket> {
    const libc = this.#libc
    const descriptor = libc.socket(c.AF_INET, c.SOCK_DGRAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0)
    const fail = (call: string) => {
      const code = libc.errorCode()
      if (descriptor >= 0) libc.close(descriptor)
      return networkError(Object.assign(new Error(`${call} ${code}`), { code }), address, port)
    }
    if (descriptor < 0) throw fail('socket')
    const set = (name: number, value: number): void => {
      libc.setsockopt(descriptor, c.SOL_SOCKET, name, new Uint8Array(Int32Array.of(value).buffer), 4)
    }
    set(c.SO_BROADCAST, 1)
    if (shared) set(c.SO_REUSEADDR, 1)
    // The system may grant less.
    if (busy) set(c.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    const name = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
    c.writeSockaddr(name, address, port)
    if (libc.bind(descriptor, name, c.SOCKADDR_SIZE) < 0) throw fail('bind')
    if (libc.getsockname(descriptor, name, Uint32Array.of(c.SOCKADDR_SIZE)) < 0) throw fail('getsockname')
    const socket = new LibcSocket(descriptor, (name[2]! << 8) | name[3]!, busy, this.#shared)
    this.#sockets.set(descriptor, { socket, wanted: 0 })
    this.#watch.ref()
    return socket
  }

  close(): void {
    if (this.#closed) return
    for (const { socket } of this.#sockets.values()) socket.close()
    this.#closed = true
    this.#watch.close()
    this.#libc.close(this.#epoll)
  }

  #want(socket: LibcSocket, events: number): void {
    const entry = this.#sockets.get(socket.descriptor)
    if (!entry || entry.wanted === events) return
    const event = new DataView(new ArrayBuffer(c.EPOLL_EVENT.size))
    event.setUint32(0, events, true)
    event.setUint32(c.EPOLL_EVENT.dataOffset, socket.descriptor, true)
    const operation = entry.wanted === 0 ? c.EPOLL_CTL_ADD : c.EPOLL_CTL_MOD
    this.#libc.epollControl(this.#epoll, operation, socket.descriptor, new Uint8Array(event.buffer))
    entry.wanted = events
  }

  /** The system stops watching a descriptor that is closed. */
  #forget(socket: LibcSocket): void {
    this.#sockets.delete(socket.descriptor)
    if (this.#sockets.size === 0) this.#watch.unref()
  }

  /** An immediate comes in the same turn of the loop, and is an ordinary callback: ticks and errors are as always. */
  #drainSoon(): void {
    if (this.#isDrainDue || this.#closed) return
    this.#isDrainDue = true
    setImmediate(this.#drain)
  }

  readonly #drain = (): void => {
    this.#isDrainDue = false
    const start = performance.now()
    this.#patience.came((start - this.#leftAt) * 1000)
    let wait = 0
    do {
      const count = this.#libc.epollWait(this.#epoll, this.#events, EVENTS_MAX, wait)
      if (wait > 0 && count > 0) this.#patience.waitedWell()
      if (wait > 0 && count === 0) this.#patience.waitedInVain()
      if (count <= 0) break
      let isTalkOnly = true
      for (let i = 0; i < count; i++) isTalkOnly = this.#serve(i) && isTalkOnly
      // Requests may have begun something that needs the event loop: a file, a question by HTTP, a new socket.
      wait = isTalkOnly && this.#patience.pays ? WAIT_MILLIS : 0
    } while (!this.#closed && performance.now() - start < TURN_MILLIS)
    this.#leftAt = performance.now()
  }

  /** True if it was a datagram of a conversation: to a port that only its peer knows. */
  #serve(i: number): boolean {
    const at = i * c.EPOLL_EVENT.size
    const flags = this.#eventView.getUint32(at, true)
    const descriptor = this.#eventView.getUint32(at + c.EPOLL_EVENT.dataOffset, true)
    // Closed by what was served before it; if another has its number by now, it finds nothing to read.
    const socket = this.#sockets.get(descriptor)?.socket
    if (!socket) return true
    if ((flags & c.EPOLLOUT) !== 0) socket.write()
    if (flags !== c.EPOLLOUT) this.#shared.runs.during(() => socket.read())
    return !socket.isBusy
  }
}
