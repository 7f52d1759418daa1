/**
 * A file as it arrives, block by block, without copying it again for each block.
 */
import { MAX_PREALLOCATED } from './receiver-options.ts'

const FIRST_ROOM = 16 * 1024
/** Operation code and block number (RFC 1350 §5). */
export const DATA_HEADER = 4

export class Content {
  /** Begins with room for the header of the first block. */
  #bytes: Uint8Array
  #length = 0

  /** `expected`: what somebody said the size would be; believed up to a limit. */
  constructor(expected: number | undefined) {
    this.#bytes = new Uint8Array(DATA_HEADER + Math.min(expected ?? 0, MAX_PREALLOCATED))
  }

  get length(): number {
    return this.#length
  }

  /** All that arrived; a view if the room was right, else a copy, so that no more is held than is needed. */
  get bytes(): Uint8Array {
    const end = DATA_HEADER + this.#length
    return end === this.#bytes.length
      ? this.#bytes.subarray(DATA_HEADER)
      : this.#bytes.slice(DATA_HEADER, end)
  }

  /**
   * The data of a DATA packet. It is copied whole, because a view of its data alone would cost an object for each block;
   * the header falls on the end of the block before, which is put back.
   */
  append(packet: Uint8Array): void {
    const at = this.#length
    const end = at + packet.length
    if (end > this.#bytes.length) this.#grow(end)
    const bytes = this.#bytes
    const a = bytes[at]!
    const b = bytes[at + 1]!
    const c = bytes[at + 2]!
    const d = bytes[at + 3]!
    bytes.set(packet, at)
    bytes[at] = a
    bytes[at + 1] = b
    bytes[at + 2] = c
    bytes[at + 3] = d
    this.#length = end - DATA_HEADER
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length, FIRST_ROOM))
    larger.set(this.#bytes.subarray(0, DATA_HEADER + this.#length))
    this.#bytes = larger
  }
}
