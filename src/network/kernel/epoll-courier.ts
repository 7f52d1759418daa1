/**
 * The courier where io_uring cannot be had: one epoll descriptor for all sockets, one call of the system for each
 * datagram that comes, and one for each run that goes.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Courier, Turn } from './courier.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import type { LibcSocket, LibcWay } from './libc-socket.ts'
import { OutgoingMessage } from './outgoing-message.ts'

/** Sockets read in one turn. */
const EVENTS_MAX = 64
const DATAGRAM_MAX = 65_536

export class EpollCourier implements Courier {
  readonly descriptor: number
  readonly counts = { calls: 0, datagrams: 0 }
  readonly #libc: Libc
  readonly #sockets = new Map<number, LibcSocket>()
  readonly #events = new Uint8Array(new ArrayBuffer(EVENTS_MAX * c.EPOLL_EVENT.size))
  readonly #eventView = new DataView(this.#events.buffer)
  readonly #message: OutgoingMessage
  readonly #received = new Uint8Array(new ArrayBuffer(DATAGRAM_MAX))
  readonly #source = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
  readonly #sourceLength = new Uint32Array(new ArrayBuffer(4))

  /** Undefined if the system has none. */
  static open(libc: Libc): EpollCourier | undefined {
    const descriptor = libc.epollCreate(c.EPOLL_CLOEXEC)
    return descriptor < 0 ? undefined : new EpollCourier(libc, descriptor)
  }

  private constructor(libc: Libc, descriptor: number) {
    this.#libc = libc
    this.descriptor = descriptor
    this.#message = new OutgoingMessage(libc)
  }

  hear(socket: LibcSocket): void {
    this.#sockets.set(socket.descriptor, socket)
    this.#control(c.EPOLL_CTL_ADD, socket, c.EPOLLIN)
  }

  awaitRoom(socket: LibcSocket): void {
    this.#control(c.EPOLL_CTL_MOD, socket, c.EPOLLIN | c.EPOLLOUT)
  }

  /** The system stops watching a descriptor that is closed. */
  forget(socket: LibcSocket): void {
    this.#sockets.delete(socket.descriptor)
  }

  send(socket: LibcSocket, way: LibcWay, payloads: readonly Uint8Array[]): void {
    this.#message.fill(way.address, payloads)
    if (this.#libc.sendmsg(socket.descriptor, this.#message.header, 0) < 0)
      return socket.refused(way, payloads, this.#libc.errorCode())
    this.counts.calls++
    this.counts.datagrams += payloads.length
  }

  woken(): void {}

  rest(): void {}

  turn(waitMillis: number): Turn {
    const count = this.#libc.epollWait(this.descriptor, this.#events, EVENTS_MAX, waitMillis)
    let turn: Turn = 'nothing'
    for (let i = 0; i < count; i++) {
      const at = i * c.EPOLL_EVENT.size
      // One that was closed by what was served before it is not known any more; if another has its number by now, that
      // one finds nothing to read.
      const socket = this.#sockets.get(this.#eventView.getUint32(at + c.EPOLL_EVENT.dataOffset, true))
      if (!socket) continue
      if (turn !== 'requests') turn = socket.isBusy ? 'requests' : 'talk'
      this.#serve(socket, this.#eventView.getUint32(at, true))
    }
    return turn
  }

  push(): void {}

  close(): void {
    this.#libc.close(this.descriptor)
  }

  #serve(socket: LibcSocket, flags: number): void {
    if ((flags & c.EPOLLERR) !== 0) socket.hearErrors()
    if ((flags & c.EPOLLOUT) !== 0) {
      this.#control(c.EPOLL_CTL_MOD, socket, c.EPOLLIN)
      socket.room()
    }
    if ((flags & c.EPOLLIN) !== 0) this.#read(socket)
  }

  /** One datagram, if there is one. */
  #read(socket: LibcSocket): void {
    const received = this.#received
    const source = this.#source
    const { descriptor } = socket
    this.#sourceLength[0] = c.SOCKADDR_SIZE
    const length = this.#libc.recvfrom(descriptor, received, received.length, 0, source, this.#sourceLength)
    if (length < 0) return
    const ip = ((source[4]! << 24) | (source[5]! << 16) | (source[6]! << 8) | source[7]!) >>> 0
    socket.take(received.slice(0, length), ip as Ip4, (source[2]! << 8) | source[3]!)
  }

  #control(operation: number, socket: LibcSocket, wanted: number): void {
    const event = new DataView(new ArrayBuffer(c.EPOLL_EVENT.size))
    event.setUint32(0, wanted, true)
    event.setUint32(c.EPOLL_EVENT.dataOffset, socket.descriptor, true)
    this.#libc.epollControl(this.descriptor, operation, socket.descriptor, new Uint8Array(event.buffer))
  }
}
