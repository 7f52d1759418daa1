/**
 * Memory that the system puts datagrams into as they come (IORING_REGISTER_PBUF_RING): it takes a buffer for each, and
 * is given it back once it is read. Each has room for the largest datagram; of what is not used, the system makes no
 * memory.
 */
import type { Ip4 } from '../../core/address.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'

const COUNT = 256
const REGISTER_BUFFERS = 22
const PAGE = 4_096
/** `struct io_uring_buf`. */
const ENTRY_SIZE = 16
/** It lies where the first entry has nothing. */
const TAIL_AT = 14
/** `struct io_uring_recvmsg_out`, who sent it, the datagram. */
const HEADER_SIZE = 16
const ADDRESS_AT = HEADER_SIZE
const PAYLOAD_AT = HEADER_SIZE + c.SOCKADDR_SIZE
const SIZE = PAYLOAD_AT + 65_536
/** An ACK is 4 bytes; for so few a call of the platform costs more. */
const COPIED_BY_HAND_MAX = 32

export class ReceiveBuffers {
  readonly #queue: DataView
  readonly #memory = new Uint8Array(new ArrayBuffer(COUNT * SIZE))
  readonly #view = new DataView(this.#memory.buffer)
  readonly #pointers: readonly c.Pointer[]
  #tail = 0

  /** Undefined if the system has no such thing. */
  static register(libc: Libc, ring: number): ReceiveBuffers | undefined {
    // The queue must begin a page of its own.
    const room = new Uint8Array(new ArrayBuffer(2 * PAGE))
    const start = libc.addressOf(room)
    const skip = Number(BigInt(PAGE) - (start % BigInt(PAGE))) % PAGE
    // `struct io_uring_buf_reg`, of group 0.
    const registration = new DataView(new ArrayBuffer(40))
    registration.setBigUint64(0, start + BigInt(skip), true)
    registration.setUint32(8, COUNT, true)
    if (libc.ringRegister(ring, REGISTER_BUFFERS, new Uint8Array(registration.buffer), 1) < 0)
      return undefined
    return new ReceiveBuffers(libc, new DataView(room.buffer, skip, PAGE))
  }

  private constructor(libc: Libc, queue: DataView) {
    this.#queue = queue
    const base = libc.addressOf(this.#memory)
    this.#pointers = Array.from({ length: COUNT }, (_, buffer) => c.pointerTo(base + BigInt(buffer * SIZE)))
    for (let buffer = 0; buffer < COUNT; buffer++) this.giveBack(buffer)
  }

  giveBack(buffer: number): void {
    const at = (this.#tail % COUNT) * ENTRY_SIZE
    const { low, high } = this.#pointers[buffer]!
    this.#queue.setUint32(at, low, true)
    this.#queue.setUint32(at + 4, high, true)
    this.#queue.setUint32(at + 8, SIZE, true)
    this.#queue.setUint16(at + 12, buffer, true)
    this.#tail = (this.#tail + 1) & 0xffff
    this.#queue.setUint16(TAIL_AT, this.#tail, true)
  }

  sourceIp(buffer: number): Ip4 {
    return this.#view.getUint32(buffer * SIZE + ADDRESS_AT + 4) as Ip4
  }

  sourcePort(buffer: number): number {
    return this.#view.getUint16(buffer * SIZE + ADDRESS_AT + 2)
  }

  /** A copy. */
  payload(buffer: number): Uint8Array {
    const length = this.#view.getUint32(buffer * SIZE + 8, true)
    const at = buffer * SIZE + PAYLOAD_AT
    if (length > COPIED_BY_HAND_MAX) return this.#memory.slice(at, at + length)
    const copy = new Uint8Array(length)
    for (let i = 0; i < length; i++) copy[i] = this.#memory[at + i]!
    return copy
  }
}
