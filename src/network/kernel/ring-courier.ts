/**
 * The courier by io_uring: all that is to be sent goes in the call that also brings what has come, so that a server
 * under load makes one call for many datagrams. Undefined where the system is too old for it, or forbids it.
 */
import type { Courier, Turn } from './courier.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import type { LibcSocket, LibcWay } from './libc-socket.ts'
import { OutgoingMessage, isCopiedWhole } from './outgoing-message.ts'
import { ReceiveBuffers } from './receive-buffers.ts'
import { RING_ENTRIES, Ring } from './ring.ts'

const OPERATION = { pollAdd: 6, sendmsg: 9, recvmsg: 10, cancel: 14, send: 26 } as const
/** IOSQE_BUFFER_SELECT. */
const BY_BUFFERS = 1 << 5
/** IOSQE_CQE_SKIP_SUCCESS. */
const FAILURES_ONLY = 1 << 6
/** IORING_RECV_MULTISHOT: it stays until it fails. */
const AGAIN_AND_AGAIN = 1 << 1
/** IORING_ASYNC_CANCEL_ALL and _FD. */
const ALL_OF_DESCRIPTOR = (1 << 0) | (1 << 1)
/** IORING_CQE_F_BUFFER and _MORE. */
const HAS_BUFFER = 1 << 0
const GOES_ON = 1 << 1
const BUFFER_SHIFT = 16

const KIND = { received: 1, sent: 2, room: 3, cancelled: 4 } as const

interface Sent {
  readonly id: number
  readonly socket: LibcSocket
  readonly way: LibcWay
  /** Held, because the system reads them when they are handed over. */
  readonly payloads: readonly Uint8Array[]
}

export class RingCourier implements Courier {
  readonly descriptor: number
  readonly counts = { calls: 0, datagrams: 0 }
  readonly #libc: Libc
  readonly #ring: Ring
  readonly #buffers: ReceiveBuffers
  /** By an id that is not used again for long: of what is cancelled, something may still come. */
  readonly #sockets = new Map<number, LibcSocket>()
  readonly #ids = new Map<LibcSocket, number>()
  /** By entry of the ring; those that were never used for sending are not there. */
  readonly #messages: OutgoingMessage[] = []
  readonly #sent: (Sent | undefined)[] = []
  readonly #template: Uint8Array
  readonly #templateAt: c.Pointer
  #lastId = 0
  #hasUnsent = false
  #isServing = false
  #isPushDue = false
  #turn: 'talk' | 'requests' = 'talk'
  #closed = false

  static open(libc: Libc): RingCourier | undefined {
    const ring = Ring.open(libc)
    const buffers = ring && ReceiveBuffers.register(libc, ring.descriptor)
    if (buffers) return new RingCourier(libc, ring, buffers)
    ring?.close()
    return undefined
  }

  private constructor(libc: Libc, ring: Ring, buffers: ReceiveBuffers) {
    this.#libc = libc
    this.#ring = ring
    this.#buffers = buffers
    this.descriptor = ring.bell
    // A `struct msghdr` of which only msg_namelen counts: how much room a buffer has for who sent it.
    this.#template = new Uint8Array(new ArrayBuffer(56))
    new DataView(this.#template.buffer).setUint32(8, c.SOCKADDR_SIZE, true)
    this.#templateAt = c.pointerTo(libc.addressOf(this.#template))
  }

  hear(socket: LibcSocket): void {
    const id = this.#freeId()
    this.#sockets.set(id, socket)
    this.#ids.set(socket, id)
    this.#receive(id, socket)
    this.push()
  }

  awaitRoom(socket: LibcSocket): void {
    const { descriptor } = socket
    const id = this.#ids.get(socket) ?? 0
    this.#ring.ask({
      operation: OPERATION.pollAdd,
      descriptor,
      operationFlags: c.EPOLLOUT,
      kind: KIND.room,
      id,
    })
    this.#pushSoon()
  }

  /** At once: as long as something is under way on it, the system keeps the port. */
  forget(socket: LibcSocket): void {
    const id = this.#ids.get(socket)
    if (id !== undefined) {
      this.#ids.delete(socket)
      this.#sockets.delete(id)
      const { descriptor } = socket
      const operationFlags = ALL_OF_DESCRIPTOR
      this.#ring.ask({ operation: OPERATION.cancel, descriptor, operationFlags, kind: KIND.cancelled, id })
    }
    this.push()
  }

  send(socket: LibcSocket, way: LibcWay, payloads: readonly Uint8Array[]): void {
    if (this.#ring.queued >= RING_ENTRIES) this.push()
    // A system out of memory takes nothing; what waits there must not be written over.
    if (this.#ring.queued >= RING_ENTRIES) return
    const entry = this.#ring.nextEntry
    const message = (this.#messages[entry] ??= new OutgoingMessage(this.#libc))
    message.fill(way.address, payloads)
    this.#lastId = (this.#lastId + 1) >>> 0
    this.#sent[entry] = { id: this.#lastId, socket, way, payloads }
    const isCopied = isCopiedWhole(payloads)
    this.#ring.ask({
      operation: isCopied ? OPERATION.send : OPERATION.sendmsg,
      descriptor: socket.descriptor,
      flags: FAILURES_ONLY,
      priority: 0,
      address: isCopied ? message.copyAt : message.headerAt,
      length: isCopied ? payloads[0]!.length : 1,
      operationFlags: c.MSG_DONTWAIT,
      to: isCopied ? message.addressAt : undefined,
      kind: KIND.sent,
      id: this.#lastId,
    })
    this.counts.datagrams += payloads.length
    this.#hasUnsent = true
    this.#pushSoon()
  }

  woken(): void {
    this.#ring.heard()
  }

  rest(): void {
    this.#ring.isSilent = false
  }

  turn(waitMillis: number): Turn {
    const ring = this.#ring
    this.#enter(waitMillis)
    if (!ring.hasCompleted) return 'nothing'
    // Whatever it is, a receive that was given up too: another turn must follow, because the bell is silent now.
    this.#turn = 'talk'
    ring.isSilent = true
    this.#isServing = true
    try {
      ring.complete(this.#completed)
    } finally {
      this.#isServing = false
    }
    return this.#turn
  }

  push(): void {
    if (!this.#closed && this.#ring.queued > 0) this.#enter(0)
  }

  close(): void {
    this.#closed = true
    this.#ring.close()
  }

  #enter(waitMillis: number): void {
    if (this.#hasUnsent) this.counts.calls++
    this.#hasUnsent = false
    this.#ring.enter(waitMillis)
  }

  /** What is sent while something is served goes with the next turn; other things at the end of theirs. */
  #pushSoon(): void {
    if (this.#isServing || this.#isPushDue) return
    this.#isPushDue = true
    queueMicrotask(() => {
      this.#isPushDue = false
      this.push()
    })
  }

  /** Not one of a socket that lives for weeks, when the numbers begin anew. */
  #freeId(): number {
    do this.#lastId = (this.#lastId + 1) >>> 0
    while (this.#sockets.has(this.#lastId))
    return this.#lastId
  }

  #receive(id: number, { descriptor }: LibcSocket): void {
    this.#ring.ask({
      operation: OPERATION.recvmsg,
      descriptor,
      flags: BY_BUFFERS,
      priority: AGAIN_AND_AGAIN,
      address: this.#templateAt,
      length: 1,
      kind: KIND.received,
      id,
    })
  }

  readonly #completed = (kind: number, id: number, result: number, flags: number): void => {
    if (kind === KIND.received) this.#received(id, result, flags)
    else if (kind === KIND.sent && result < 0) this.#refused(id, result)
    else if (kind === KIND.room) this.#sockets.get(id)?.room()
  }

  #received(id: number, result: number, flags: number): void {
    const buffers = this.#buffers
    const buffer = flags >>> BUFFER_SHIFT
    const socket = this.#sockets.get(id)
    // Before anything that may throw, or close it.
    if (socket && (flags & GOES_ON) === 0) this.#receive(id, socket)
    if ((flags & HAS_BUFFER) !== 0) {
      const payload = buffers.payload(buffer)
      const ip = buffers.sourceIp(buffer)
      const port = buffers.sourcePort(buffer)
      buffers.giveBack(buffer)
      if (socket) this.#serve(socket).take(payload, ip, port)
    } else if (this.#libc.errorName(-result) === 'ENOBUFS') buffers.grow()
    else if (socket && result < 0) this.#serve(socket).hearErrors()
  }

  #serve(socket: LibcSocket): LibcSocket {
    if (socket.isBusy) this.#turn = 'requests'
    return socket
  }

  #refused(id: number, result: number): void {
    const sent = this.#sent.find(one => one?.id === id)
    if (!sent) return
    this.counts.datagrams -= sent.payloads.length
    sent.socket.refused(sent.way, sent.payloads, this.#libc.errorName(-result))
  }
}
