/**
 * The io_uring backend: the call that submits all sends also collects everything received, so that a server under load
 * makes one call for many datagrams. `open` gives undefined where the kernel is too old, or forbids io_uring.
 */
import type { BackendFlow, BackendSocket, IoBackend, PollResult } from './io-backend.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import { OutgoingMessage, isCopiedWhole } from './outgoing-message.ts'
import { ReceiveBuffers } from './receive-buffers.ts'
import { RING_ENTRIES, IoUring } from './io-uring.ts'

const OPERATION = { pollAdd: 6, sendmsg: 9, recvmsg: 10, cancel: 14, send: 26 } as const
/** IOSQE_BUFFER_SELECT. */
const BUFFER_SELECT = 1 << 5
/** IOSQE_CQE_SKIP_SUCCESS. */
const CQE_SKIP_SUCCESS = 1 << 6
/** IORING_RECV_MULTISHOT: stays armed until it fails. */
const RECV_MULTISHOT = 1 << 1
/** IORING_ASYNC_CANCEL_ALL and _FD. */
const CANCEL_ALL_BY_FD = (1 << 0) | (1 << 1)
/** IORING_CQE_F_BUFFER and _MORE. */
const CQE_F_BUFFER = 1 << 0
const CQE_F_MORE = 1 << 1
const BUFFER_SHIFT = 16

const KIND = { received: 1, sent: 2, writable: 3, cancelled: 4 } as const

interface Sent {
  readonly id: number
  readonly socket: BackendSocket
  readonly flow: BackendFlow
  /** Kept alive: the kernel reads them at submission. */
  readonly payloads: readonly Uint8Array[]
}

export class IoUringBackend implements IoBackend {
  readonly descriptor: number
  readonly counts = { calls: 0, datagrams: 0 }
  readonly #libc: Libc
  readonly #ring: IoUring
  readonly #buffers: ReceiveBuffers
  /** By an id that is not reused soon: completions of a cancelled request may still arrive. */
  readonly #sockets = new Map<number, BackendSocket>()
  readonly #ids = new Map<BackendSocket, number>()
  /** By submission entry; entries never used for sending have none. */
  readonly #messages: OutgoingMessage[] = []
  readonly #sent: (Sent | undefined)[] = []
  readonly #template: Uint8Array
  readonly #templateAt: c.Pointer
  #lastId = 0
  #hasUnsent = false
  #isServing = false
  #isFlushDue = false
  #result: 'transfers' | 'requests' = 'transfers'
  #closed = false

  static open(libc: Libc): IoUringBackend | undefined {
    const ring = IoUring.open(libc)
    const buffers = ring && ReceiveBuffers.register(libc, ring.descriptor)
    if (buffers) return new IoUringBackend(libc, ring, buffers)
    ring?.close()
    return undefined
  }

  private constructor(libc: Libc, ring: IoUring, buffers: ReceiveBuffers) {
    this.#libc = libc
    this.#ring = ring
    this.#buffers = buffers
    this.descriptor = ring.eventfd
    // A `struct msghdr` of which only msg_namelen counts: the room for the source address in each buffer.
    this.#template = new Uint8Array(new ArrayBuffer(56))
    new DataView(this.#template.buffer).setUint32(8, c.SOCKADDR_SIZE, true)
    this.#templateAt = c.pointerTo(libc.addressOf(this.#template))
  }

  register(socket: BackendSocket): void {
    const id = this.#freeId()
    this.#sockets.set(id, socket)
    this.#ids.set(socket, id)
    this.#receive(id, socket)
    this.flush()
  }

  awaitWritable(socket: BackendSocket): void {
    const { descriptor } = socket
    const id = this.#ids.get(socket) ?? 0
    this.#ring.enqueue({
      operation: OPERATION.pollAdd,
      descriptor,
      operationFlags: c.EPOLLOUT,
      kind: KIND.writable,
      id,
    })
    this.#flushSoon()
  }

  /** Submitted at once: while a request is in flight, the kernel keeps the port bound. */
  unregister(socket: BackendSocket): void {
    const id = this.#ids.get(socket)
    if (id !== undefined) {
      this.#ids.delete(socket)
      this.#sockets.delete(id)
      const { descriptor } = socket
      const operationFlags = CANCEL_ALL_BY_FD
      this.#ring.enqueue({
        operation: OPERATION.cancel,
        descriptor,
        operationFlags,
        kind: KIND.cancelled,
        id,
      })
    }
    this.flush()
  }

  send(socket: BackendSocket, flow: BackendFlow, payloads: readonly Uint8Array[]): void {
    if (this.#ring.queued >= RING_ENTRIES) this.flush()
    // A kernel out of memory takes nothing; queued entries must not be overwritten.
    if (this.#ring.queued >= RING_ENTRIES) return
    const entry = this.#ring.nextEntry
    const message = (this.#messages[entry] ??= new OutgoingMessage(this.#libc))
    message.fill(flow.address, payloads)
    this.#lastId = (this.#lastId + 1) >>> 0
    this.#sent[entry] = { id: this.#lastId, socket, flow, payloads }
    const isCopied = isCopiedWhole(payloads)
    this.#ring.enqueue({
      operation: isCopied ? OPERATION.send : OPERATION.sendmsg,
      descriptor: socket.descriptor,
      flags: CQE_SKIP_SUCCESS,
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
    this.#flushSoon()
  }

  onReadable(): void {
    this.#ring.drainEventfd()
  }

  arm(): void {
    this.#ring.isNotifyDisabled = false
  }

  poll(waitMillis: number): PollResult {
    const ring = this.#ring
    this.#enter(waitMillis)
    if (!ring.hasCompleted) return 'nothing'
    // Any completion, a cancelled receive included, calls for another poll: notification is off from here.
    this.#result = 'transfers'
    ring.isNotifyDisabled = true
    this.#isServing = true
    try {
      ring.reap(this.#completed)
    } finally {
      this.#isServing = false
    }
    return this.#result
  }

  flush(): void {
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

  /** Sends made while serving go with the next poll, others at the end of this microtask. */
  #flushSoon(): void {
    if (this.#isServing || this.#isFlushDue) return
    this.#isFlushDue = true
    queueMicrotask(() => {
      this.#isFlushDue = false
      this.flush()
    })
  }

  /** Skips ids still in use by long-lived sockets when the counter wraps around. */
  #freeId(): number {
    do this.#lastId = (this.#lastId + 1) >>> 0
    while (this.#sockets.has(this.#lastId))
    return this.#lastId
  }

  #receive(id: number, { descriptor }: BackendSocket): void {
    this.#ring.enqueue({
      operation: OPERATION.recvmsg,
      descriptor,
      flags: BUFFER_SELECT,
      priority: RECV_MULTISHOT,
      address: this.#templateAt,
      length: 1,
      kind: KIND.received,
      id,
    })
  }

  readonly #completed = (kind: number, id: number, result: number, flags: number): void => {
    if (kind === KIND.received) this.#received(id, result, flags)
    else if (kind === KIND.sent && result < 0) this.#refused(id, result)
    else if (kind === KIND.writable) this.#sockets.get(id)?.writable()
  }

  #received(id: number, result: number, flags: number): void {
    const buffers = this.#buffers
    const buffer = flags >>> BUFFER_SHIFT
    const socket = this.#sockets.get(id)
    // Re-armed before anything that may throw, or close the socket.
    if (socket && (flags & CQE_F_MORE) === 0) this.#receive(id, socket)
    if ((flags & CQE_F_BUFFER) !== 0) {
      const payload = buffers.payload(buffer)
      const ip = buffers.sourceIp(buffer)
      const port = buffers.sourcePort(buffer)
      buffers.recycle(buffer)
      if (socket) this.#serve(socket).deliver(payload, ip, port)
    } else if (this.#libc.errorName(-result) === 'ENOBUFS') buffers.grow()
    else if (socket && result < 0) this.#serve(socket).readErrors()
  }

  #serve(socket: BackendSocket): BackendSocket {
    if (socket.isListener) this.#result = 'requests'
    return socket
  }

  #refused(id: number, result: number): void {
    const sent = this.#sent.find(one => one?.id === id)
    if (!sent) return
    this.counts.datagrams -= sent.payloads.length
    sent.socket.sendFailed(sent.flow, sent.payloads, this.#libc.errorName(-result))
  }
}
