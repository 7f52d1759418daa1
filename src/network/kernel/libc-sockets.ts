/**
 * UDP sockets through the C library, all served by one courier, whose descriptor the event loop of the platform
 * watches: however many sockets have something to read, it is one turn of that loop. Faster than node:dgram, otherwise
 * the same, but for one thing: it hears what ICMP says. Only where `acceleration.ts` found that it works.
 */
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Ip4 } from '../../core/address.ts'
import type { Courier, Turn } from './courier.ts'
import { ErrorQueue } from './error-queue.ts'
import * as c from './libc.ts'
import type { Libc, Watch } from './libc.ts'
import { LibcSocket } from './libc-socket.ts'
import type { LibcShared } from './libc-socket.ts'
import { Patience } from './patience.ts'
import { Runs } from './runs.ts'
import type { BindOptions, SocketSource, SystemSocket } from './socket-source.ts'
import { RECEIVE_BUFFER_BYTES, networkError } from './system-socket.ts'

/** Then the event loop has its turn: timers, HTTP, signals. */
const TURN_MILLIS = 4
/** How long it waits within a turn for a peer that answers at once. */
const WAIT_MILLIS = 1
/** How often it looks before it waits: as long as it takes to be woken. Of use only while the peer can run meanwhile. */
const LOOKS = availableParallelism() > 1 ? 20 : 0

export class LibcSockets implements SocketSource {
  readonly #libc: Libc
  readonly #courier: Courier
  readonly #watch: Watch
  readonly #sockets = new Set<LibcSocket>()
  readonly #shared: LibcShared
  readonly #patience = new Patience()
  /** When the last turn ended, by `performance.now`. */
  #leftAt = 0
  #isDrainDue = false
  #closed = false

  /** The courier is this source's own from now on. */
  constructor(libc: Libc, courier: Courier, takesRuns: boolean) {
    this.#libc = libc
    this.#courier = courier
    this.#watch = libc.watch(courier.descriptor, () => this.#drainSoon())
    this.#watch.unref()
    const closed = (socket: LibcSocket) => this.#forget(socket)
    this.#shared = { libc, courier, takesRuns, runs: new Runs(), errors: new ErrorQueue(libc), closed }
  }

  get counts(): Courier['counts'] {
    return this.#courier.counts
  }

  // oxlint-disable-next-line typescript/require-await -- what it throws must be a rejection
  async bind(address: Ip4, port: number, options: BindOptions): Promise<SystemSocket> {
    return this.bindNow(address, port, options)
  }

  /** Throws NetworkError. */
  bindNow(address: Ip4, port: number, { shared, busy = false, errors = false }: BindOptions): SystemSocket {
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
    if (busy) set(c.SOL_SOCKET, c.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    if (errors) set(c.IPPROTO_IP, c.IP_RECVERR, 1)
    const name = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
    c.writeSockaddr(name, address, port)
    if (libc.bind(descriptor, name, c.SOCKADDR_SIZE) < 0) throw fail('bind')
    if (libc.getsockname(descriptor, name, Uint32Array.of(c.SOCKADDR_SIZE)) < 0) throw fail('getsockname')
    const socket = new LibcSocket(descriptor, (name[2]! << 8) | name[3]!, busy, this.#shared)
    this.#sockets.add(socket)
    this.#watch.ref()
    return socket
  }

  /** Sends what waits for the end of the turn, and serves what has come, without the event loop. */
  turn(): Turn {
    this.#shared.runs.flush()
    return this.#courier.turn(0)
  }

  close(): void {
    if (this.#closed) return
    for (const socket of this.#sockets) socket.close()
    this.#closed = true
    this.#watch.close()
    this.#courier.close()
  }

  #forget(socket: LibcSocket): void {
    this.#sockets.delete(socket)
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
    if (this.#closed) return
    this.#courier.woken()
    const start = performance.now()
    this.#patience.came((start - this.#leftAt) * 1000)
    let isDone = false
    try {
      isDone = this.#turnsUntil(start + TURN_MILLIS)
    } finally {
      if (!isDone) this.#drainSoon()
      this.#leftAt = performance.now()
    }
  }

  /** False if there may be more. */
  #turnsUntil(end: number): boolean {
    let isPatient = false
    let isResting = false
    while (!this.#closed) {
      const turn = this.#courier.turn(0)
      // Requests may have begun something that needs the event loop: a file, a question by HTTP, a new socket.
      if (turn !== 'nothing') isPatient = turn === 'talk' && this.#patience.pays
      else if (isPatient) isPatient = this.#waitedWell()
      else if (isResting) return true
      isResting = turn === 'nothing' && !isPatient
      if (isResting) this.#courier.rest()
      if (performance.now() >= end) break
    }
    return false
  }

  /** Waits for a moment; false if nothing came. */
  #waitedWell(): boolean {
    // Who answers at once does so before we would be asleep.
    for (let look = 0; look < LOOKS; look++) if (this.#courier.turn(0) !== 'nothing') return true
    const isWell = this.#courier.turn(WAIT_MILLIS) !== 'nothing'
    if (isWell) this.#patience.waitedWell()
    else this.#patience.waitedInVain()
    return isWell
  }
}
