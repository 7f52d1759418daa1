/**
 * The backend where io_uring is not available: one epoll descriptor for all sockets, one system call for each datagram
 * received and one for each batch sent.
 */
import { ip4At } from '../../core/address.ts'
import type { BackendFlow, BackendSocket, IoBackend, PollResult } from './io-backend.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import { OutgoingMessage } from './outgoing-message.ts'

/** Sockets served in one poll. */
const MAX_EPOLL_EVENTS = 64
/** Largest datagram read: no UDP payload is larger. */
const MAX_DATAGRAM_BYTES = 65_536

export class EpollBackend implements IoBackend {
  readonly descriptor: number
  readonly counts = { calls: 0, datagrams: 0 }
  readonly #libc: Libc
  readonly #sockets = new Map<number, BackendSocket>()
  readonly #events = new Uint8Array(new ArrayBuffer(MAX_EPOLL_EVENTS * c.EPOLL_EVENT.size))
  readonly #eventView = new DataView(this.#events.buffer)
  readonly #message: OutgoingMessage
  readonly #received = new Uint8Array(new ArrayBuffer(MAX_DATAGRAM_BYTES))
  readonly #source = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
  readonly #sourceLength = new Uint32Array(new ArrayBuffer(4))

  /** Undefined if the kernel has no epoll. */
  static open(libc: Libc): EpollBackend | undefined {
    const descriptor = libc.epollCreate(c.EPOLL_CLOEXEC)
    return descriptor < 0 ? undefined : new EpollBackend(libc, descriptor)
  }

  private constructor(libc: Libc, descriptor: number) {
    this.#libc = libc
    this.descriptor = descriptor
    this.#message = new OutgoingMessage(libc)
  }

  register(socket: BackendSocket): void {
    this.#sockets.set(socket.descriptor, socket)
    this.#control(c.EPOLL_CTL_ADD, socket, c.EPOLLIN)
  }

  awaitWritable(socket: BackendSocket): void {
    this.#control(c.EPOLL_CTL_MOD, socket, c.EPOLLIN | c.EPOLLOUT)
  }

  /** The kernel drops a closed descriptor from the epoll set itself. */
  unregister(socket: BackendSocket): void {
    this.#sockets.delete(socket.descriptor)
  }

  send(socket: BackendSocket, flow: BackendFlow, payloads: readonly Uint8Array[]): void {
    this.#message.fill(flow.address, payloads)
    if (this.#libc.sendmsg(socket.descriptor, this.#message.header, 0) < 0)
      return socket.sendFailed(flow, payloads, this.#libc.errorCode())
    this.counts.calls++
    this.counts.datagrams += payloads.length
  }

  onReadable(): void {}

  arm(): void {}

  poll(waitMillis: number): PollResult {
    const count = this.#libc.epollWait(this.descriptor, this.#events, MAX_EPOLL_EVENTS, waitMillis)
    let result: PollResult = 'nothing'
    for (let i = 0; i < count; i++) {
      const at = i * c.EPOLL_EVENT.size
      // A socket closed earlier in this poll is no longer known; if its number was reused, the new one finds nothing
      // to read.
      const socket = this.#sockets.get(this.#eventView.getUint32(at + c.EPOLL_EVENT.dataOffset, true))
      if (!socket) continue
      if (result !== 'requests') result = socket.isListener ? 'requests' : 'transfers'
      this.#serve(socket, this.#eventView.getUint32(at, true))
    }
    return result
  }

  flush(): void {}

  close(): void {
    this.#libc.close(this.descriptor)
  }

  #serve(socket: BackendSocket, flags: number): void {
    if ((flags & c.EPOLLERR) !== 0) socket.readErrors()
    if ((flags & c.EPOLLOUT) !== 0) {
      this.#control(c.EPOLL_CTL_MOD, socket, c.EPOLLIN)
      socket.writable()
    }
    if ((flags & c.EPOLLIN) !== 0) this.#read(socket)
  }

  /** Reads one datagram, if there is one. */
  #read(socket: BackendSocket): void {
    const received = this.#received
    const source = this.#source
    const { descriptor } = socket
    this.#sourceLength[0] = c.SOCKADDR_SIZE
    const length = this.#libc.recvfrom(descriptor, received, received.length, 0, source, this.#sourceLength)
    if (length < 0) return
    socket.deliver(received.slice(0, length), ip4At(source, 4), (source[2]! << 8) | source[3]!)
  }

  #control(operation: number, socket: BackendSocket, wanted: number): void {
    const event = new DataView(new ArrayBuffer(c.EPOLL_EVENT.size))
    event.setUint32(0, wanted, true)
    event.setUint32(c.EPOLL_EVENT.dataOffset, socket.descriptor, true)
    this.#libc.epollControl(this.descriptor, operation, socket.descriptor, new Uint8Array(event.buffer))
  }
}
