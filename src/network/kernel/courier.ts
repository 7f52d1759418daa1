/**
 * What carries datagrams between our sockets and the system. There are two: `ring-courier.ts` (io_uring), and
 * `epoll-courier.ts` where that is forbidden or too old. The compliance suite holds both to the same. Types only.
 */
import type { LibcSocket, LibcWay } from './libc-socket.ts'

/** What was served: nothing, only datagrams of conversations, or requests too. */
export type Turn = 'nothing' | 'talk' | 'requests'

export interface Courier {
  /** Readable when there is something for `turn`. */
  readonly descriptor: number
  /** Calls of the system to send, and datagrams sent by them. */
  readonly counts: { readonly calls: number; readonly datagrams: number }
  /** From now on the socket is given what comes for it. */
  hear(socket: LibcSocket): void
  /** The socket is told once there is room to send again. */
  awaitRoom(socket: LibcSocket): void
  /** What it sent goes out. To be called while its descriptor is still open. */
  forget(socket: LibcSocket): void
  /** As `Way.transmit` takes them. Tells the socket if they are refused; may keep them until `turn` or `push`. */
  send(socket: LibcSocket, way: LibcWay, payloads: readonly Uint8Array[]): void
  /** The descriptor was found readable; turns follow, for which it need not be readable. */
  woken(): void
  /** If the next turn serves nothing, it is the last: what comes after it makes the descriptor readable. */
  rest(): void
  /** Serves what has come; if nothing has, waits so long for it. */
  turn(waitMillis: number): Turn
  /** What `send` kept goes out. */
  push(): void
  /** All sockets are forgotten by then. */
  close(): void
}
