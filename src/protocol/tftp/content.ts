/**
 * A file as it arrives, block by block, without copying it again for each block. Does not know of packets.
 */
import { MAX_PREALLOCATED } from './receiver-options.ts'

const FIRST_ROOM = 16 * 1024

export class Content {
  #bytes: Uint8Array
  #length = 0

  /** `expected`: what somebody said the size would be; believed up to a limit. */
  constructor(expected: number | undefined) {
    this.#bytes = new Uint8Array(Math.min(expected ?? 0, MAX_PREALLOCATED))
  }

  get length(): number {
    return this.#length
  }

  /** All that arrived; a view if the room was right, else a copy, so that no more is held than is needed. */
  get bytes(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length)
  }

  append(part: Uint8Array): void {
    const length = this.#length + part.length
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length, FIRST_ROOM))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(part, this.#length)
    this.#length = length
  }
}
