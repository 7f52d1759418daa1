/**
 * The message that hands datagrams for one destination to the kernel: `struct msghdr` with the address, the I/O vector
 * and, for a batch, the segment size (UDP_SEGMENT). Laid out for 64-bit little-endian Linux. Reused, so that sending
 * allocates nothing; the payloads must live until it is sent.
 */
import type { Libc, Pointer } from './libc.ts'
import { SOCKADDR_SIZE, SOL_UDP, UDP_SEGMENT, pointerTo } from './libc.ts'
import { MAX_GSO_SEGMENTS } from './gso-batcher.ts'

// Where things lie in the memory of a message; within msghdr as sendmsg(2) has it.
const NAME = 0
const NAME_LENGTH = 8
const VECTOR = 16
const VECTOR_COUNT = 24
const CONTROL = 32
const CONTROL_LENGTH = 40
const HEADER_SIZE = 56
const CONTROL_AT = 64
const ADDRESS_AT = 96
const VECTOR_AT = 112
const VECTOR_SIZE = 16
const COPY_AT = VECTOR_AT + MAX_GSO_SEGMENTS * VECTOR_SIZE
/**
 * Up to here copying is cheaper than asking where something lies; and what is smaller than 64 bytes may lie in memory
 * that moves.
 */
const MAX_COPIED_BYTES = 2_048
const MEMORY_SIZE = COPY_AT + MAX_COPIED_BYTES
/** `struct cmsghdr`, two bytes of data, and what fills them up (CMSG_SPACE); CMSG_LEN leaves the filling out. */
const CONTROL_SPACE = 24
const CONTROL_BYTES = 18

/** One that is small: it lies at `copyAt` then. */
export const isCopiedWhole = (payloads: readonly Uint8Array[]): boolean =>
  payloads.length === 1 && payloads[0]!.length <= MAX_COPIED_BYTES

export class OutgoingMessage {
  /** For sendmsg(2). */
  readonly header: Uint8Array
  readonly headerAt: Pointer
  /** The destination alone, and where a payload is copied to. */
  readonly addressAt: Pointer
  readonly copyAt: Pointer
  readonly #libc: Libc
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array

  constructor(libc: Libc) {
    const memory = new ArrayBuffer(MEMORY_SIZE)
    this.#libc = libc
    this.#bytes = new Uint8Array(memory)
    this.header = new Uint8Array(memory, 0, HEADER_SIZE)
    this.#words = new Uint32Array(memory)
    const base = libc.addressOf(this.#bytes)
    this.headerAt = pointerTo(base)
    this.addressAt = pointerTo(base + BigInt(ADDRESS_AT))
    this.copyAt = pointerTo(base + BigInt(COPY_AT))
    const view = new DataView(memory)
    view.setBigUint64(NAME, base + BigInt(ADDRESS_AT), true)
    view.setUint32(NAME_LENGTH, SOCKADDR_SIZE, true)
    view.setBigUint64(VECTOR, base + BigInt(VECTOR_AT), true)
    view.setBigUint64(CONTROL, base + BigInt(CONTROL_AT), true)
    view.setBigUint64(CONTROL_AT, BigInt(CONTROL_BYTES), true)
    view.setInt32(CONTROL_AT + 8, SOL_UDP, true)
    view.setInt32(CONTROL_AT + 12, UDP_SEGMENT, true)
  }

  /** `address`: as `sockaddrWords` has it. `payloads` as `Flow.transmit` takes them. */
  fill(address: readonly [number, number], payloads: readonly Uint8Array[]): void {
    const words = this.#words
    const first = payloads[0]!
    words[ADDRESS_AT / 4] = address[0]
    words[ADDRESS_AT / 4 + 1] = address[1]
    const isRun = payloads.length > 1
    words[CONTROL_LENGTH / 4] = isRun ? CONTROL_SPACE : 0
    if (isRun) words[(CONTROL_AT + 16) / 4] = first.length
    const isCopied = isCopiedWhole(payloads)
    words[VECTOR_COUNT / 4] = isCopied ? this.#copy(first) : this.#gather(payloads)
  }

  #copy(payload: Uint8Array): number {
    this.#bytes.set(payload, COPY_AT)
    return this.#piece(0, this.copyAt, payload.length)
  }

  /** What was encoded together lies together, and is one piece. Returns how many pieces there are. */
  #gather(payloads: readonly Uint8Array[]): number {
    let count = 0
    for (let from = 0; from < payloads.length;) {
      const { buffer, byteOffset } = payloads[from]!
      const at = pointerTo(this.#libc.addressOf(payloads[from]!))
      let end = byteOffset
      for (; from < payloads.length; from++) {
        const payload = payloads[from]!
        if (payload.buffer !== buffer || payload.byteOffset !== end) break
        end += payload.length
      }
      count = this.#piece(count, at, end - byteOffset)
    }
    return count
  }

  #piece(index: number, at: Pointer, length: number): number {
    const word = (VECTOR_AT + index * VECTOR_SIZE) / 4
    this.#words[word] = at.low
    this.#words[word + 1] = at.high
    this.#words[word + 2] = length
    return index + 1
  }
}
