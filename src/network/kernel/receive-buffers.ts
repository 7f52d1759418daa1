/**
 * Receive buffers provided to the kernel (IORING_REGISTER_PBUF_RING): it takes one for each datagram, and the buffer is
 * recycled once read. Each holds the largest datagram. There are few at first; more are added when they run out.
 */
import { type Ip4, toIp4 } from '../../core/address.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'

/** Buffers registered with the kernel; beyond it arrivals wait in the socket buffer. */
const MAX_RECEIVE_BUFFERS = 256
/** Buffers that are made together. */
const CHUNK = 16
const REGISTER_BUFFERS = 22
const PAGE = 4_096
/** `struct io_uring_buf`. */
const ENTRY_SIZE = 16
/** It lies where the first entry has nothing. */
const TAIL_AT = 14
/** `struct io_uring_recvmsg_out`, who sent it, the datagram. */
const LENGTH_AT = 8
const ADDRESS_AT = 16
const PAYLOAD_AT = ADDRESS_AT + c.SOCKADDR_SIZE
const SIZE = PAYLOAD_AT + 65_536
/** An ACK is 4 bytes; for so few a call of the platform costs more. */
const MAX_COPIED_BY_HAND = 32

interface Buffer {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly at: c.Pointer
}

export class ReceiveBuffers {
  readonly #libc: Libc
  readonly #queue: DataView
  readonly #buffers: Buffer[] = []
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
    registration.setUint32(8, MAX_RECEIVE_BUFFERS, true)
    if (libc.ringRegister(ring, REGISTER_BUFFERS, new Uint8Array(registration.buffer), 1) < 0)
      return undefined
    return new ReceiveBuffers(libc, new DataView(room.buffer, skip, PAGE))
  }

  private constructor(libc: Libc, queue: DataView) {
    this.#libc = libc
    this.#queue = queue
    this.grow()
  }

  /** There were too few: what came waits in its socket meanwhile. */
  grow(): void {
    if (this.#buffers.length >= MAX_RECEIVE_BUFFERS) return
    const memory = new ArrayBuffer(CHUNK * SIZE)
    const base = this.#libc.addressOf(new Uint8Array(memory))
    for (let i = 0; i < CHUNK; i++) {
      const at = c.pointerTo(base + BigInt(i * SIZE))
      const [bytes, view] = [new Uint8Array(memory, i * SIZE, SIZE), new DataView(memory, i * SIZE, SIZE)]
      this.recycle(this.#buffers.push({ bytes, view, at }) - 1)
    }
  }

  recycle(buffer: number): void {
    const queue = this.#queue
    const { low, high } = this.#buffers[buffer]!.at
    const at = (this.#tail % MAX_RECEIVE_BUFFERS) * ENTRY_SIZE
    queue.setUint32(at, low, true)
    queue.setUint32(at + 4, high, true)
    queue.setUint32(at + 8, SIZE, true)
    queue.setUint16(at + 12, buffer, true)
    this.#tail = (this.#tail + 1) & 0xffff
    queue.setUint16(TAIL_AT, this.#tail, true)
  }

  sourceIp(buffer: number): Ip4 {
    return toIp4(this.#buffers[buffer]!.view.getUint32(ADDRESS_AT + 4))
  }

  sourcePort(buffer: number): number {
    return this.#buffers[buffer]!.view.getUint16(ADDRESS_AT + 2)
  }

  /** A copy. */
  payload(buffer: number): Uint8Array {
    const { bytes, view } = this.#buffers[buffer]!
    const length = view.getUint32(LENGTH_AT, true)
    if (length > MAX_COPIED_BY_HAND) return bytes.slice(PAYLOAD_AT, PAYLOAD_AT + length)
    const copy = new Uint8Array(length)
    for (let i = 0; i < length; i++) copy[i] = bytes[PAYLOAD_AT + i]!
    return copy
  }
}
