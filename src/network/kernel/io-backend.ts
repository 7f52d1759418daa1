/**
 * How datagrams get from our sockets to the kernel and back. There are two backends: `io-uring-backend.ts`, and
 * `epoll-backend.ts` where io_uring is forbidden or too old. One compliance suite covers both. Types only.
 */
import type { Endpoint, Ip4 } from '../../core/address.ts'

/** What a poll served: nothing, only datagrams of running transfers, or requests on a listening port too. */
export type PollResult = 'nothing' | 'transfers' | 'requests'

/** The socket as a backend sees it; `libc-socket.ts` implements it. */
export interface BackendSocket {
  readonly descriptor: number
  /** A well-known port that receives requests, as opposed to the port of one transfer. */
  readonly isListener: boolean
  deliver(payload: Uint8Array, ip: Ip4, port: number): void
  /** The socket buffer has room again. */
  writable(): void
  /** The error queue has entries. Returns the destinations they concern. */
  readErrors(): readonly Endpoint[]
  /** The kernel did not take these payloads; `code` is the errno name. */
  sendFailed(flow: BackendFlow, payloads: readonly Uint8Array[], code: string): void
}

/** A destination, as the kernel is told it. */
export interface BackendFlow {
  /** `struct sockaddr_in` as two words; the rest is 0. */
  readonly address: readonly [number, number]
}

export interface IoBackend {
  /** Readable when there is something for `poll`. */
  readonly descriptor: number
  /** System calls made to send, and datagrams sent by them. */
  readonly counts: { readonly calls: number; readonly datagrams: number }
  /** From now on datagrams are delivered to the socket. */
  register(socket: BackendSocket): void
  /** Calls `socket.writable()` once, when the socket buffer has room again. */
  awaitWritable(socket: BackendSocket): void
  /** Sends what is pending. Call it while the descriptor is still open. */
  unregister(socket: BackendSocket): void
  /** Payloads as for `Flow.transmit`. Reports failure through `socket.sendFailed`; may defer until `poll` or `flush`. */
  send(socket: BackendSocket, flow: BackendFlow, payloads: readonly Uint8Array[]): void
  /** The descriptor became readable; polls follow, and do not need it to be readable. */
  onReadable(): void
  /** Re-arms notification: after a poll that serves nothing, the next arrival makes the descriptor readable. */
  arm(): void
  /** Serves what has arrived; if nothing has, blocks for at most `waitMillis`. */
  poll(waitMillis: number): PollResult
  /** Submits what `send` deferred. */
  flush(): void
  /** All sockets are unregistered by then. */
  close(): void
}
