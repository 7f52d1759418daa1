/**
 * The one message by which a run of datagrams is handed to the operating system: `struct msghdr` with the destination,
 * one piece of memory, and the size to cut it into (UDP_SEGMENT). Laid out for 64-bit little-endian Linux. Kept and
 * filled anew for each run, so that sending allocates nothing.
 */
import type { Libc } from './libc.ts'
import { SOCKADDR_SIZE, SOL_UDP, UDP_SEGMENT } from './libc.ts'
import { RUN_BYTES_MAX } from './runs.ts'

// Where things lie in `#memory`; within msghdr as sendmsg(2) has it.
const NAME = 0
const NAME_LENGTH = 8
const VECTOR = 16
const VECTOR_COUNT = 24
const CONTROL = 32
const CONTROL_LENGTH = 40
const HEADER_SIZE = 56
const VECTOR_AT = 64
const CONTROL_AT = 96
const ADDRESS_AT = 128
const MEMORY_SIZE = ADDRESS_AT + SOCKADDR_SIZE
/** `struct cmsghdr`, two bytes of data, and what fills them up (CMSG_SPACE); CMSG_LEN leaves the filling out. */
const CONTROL_SPACE = 24
const CONTROL_BYTES = 18

export class RunMessage {
  readonly #libc: Libc
  readonly #view = new DataView(new ArrayBuffer(MEMORY_SIZE))
  readonly #header = new Uint8Array(this.#view.buffer, 0, HEADER_SIZE)
  readonly #address = new Uint8Array(this.#view.buffer, ADDRESS_AT, SOCKADDR_SIZE)
  readonly #gathered = new Uint8Array(new ArrayBuffer(RUN_BYTES_MAX))
  readonly #gatheredAt: bigint

  constructor(libc: Libc) {
    this.#libc = libc
    this.#gatheredAt = libc.addressOf(this.#gathered)
    const base = libc.addressOf(new Uint8Array(this.#view.buffer))
    const view = this.#view
    view.setBigUint64(NAME, base + BigInt(ADDRESS_AT), true)
    view.setUint32(NAME_LENGTH, SOCKADDR_SIZE, true)
    view.setBigUint64(VECTOR, base + BigInt(VECTOR_AT), true)
    view.setBigUint64(VECTOR_COUNT, 1n, true)
    view.setBigUint64(CONTROL, base + BigInt(CONTROL_AT), true)
    view.setBigUint64(CONTROL_LENGTH, BigInt(CONTROL_SPACE), true)
    view.setBigUint64(CONTROL_AT, BigInt(CONTROL_BYTES), true)
    view.setInt32(CONTROL_AT + 8, SOL_UDP, true)
    view.setInt32(CONTROL_AT + 12, UDP_SEGMENT, true)
  }

  /** As sendmsg(2): negative if it could not be sent. `payloads` as `Way.transmit` takes them. */
  send(descriptor: number, address: Uint8Array, payloads: readonly Uint8Array[]): number {
    const first = payloads[0]!
    const last = payloads[payloads.length - 1]!
    const length = first.length * (payloads.length - 1) + last.length
    const view = this.#view
    this.#address.set(address)
    view.setBigUint64(VECTOR_AT, this.#whereTogether(payloads), true)
    view.setUint32(VECTOR_AT + 8, length, true)
    view.setUint16(CONTROL_AT + 16, first.length, true)
    return this.#libc.sendmsg(descriptor, this.#header, 0)
  }

  /** What was encoded together lies together and is taken from there. */
  #whereTogether(payloads: readonly Uint8Array[]): bigint {
    const first = payloads[0]!
    if (areAdjacent(payloads)) return this.#libc.addressOf(first)
    let at = 0
    for (const payload of payloads) {
      this.#gathered.set(payload, at)
      at += payload.length
    }
    return this.#gatheredAt
  }
}

const areAdjacent = (payloads: readonly Uint8Array[]): boolean => {
  const { buffer } = payloads[0]!
  let end = payloads[0]!.byteOffset
  for (const payload of payloads) {
    if (payload.buffer !== buffer || payload.byteOffset !== end) return false
    end += payload.length
  }
  return true
}
