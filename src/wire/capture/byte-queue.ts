/**
 * Bytes that arrive in chunks and are read from the front as numbers of either byte order. Holds no more than what
 * has not been dropped yet. Does not know what the bytes mean.
 */

const SIZE = 1 << 16

export class ByteQueue {
  /** Set by whoever learns it from the bytes. */
  littleEndian = true
  #bytes = new Uint8Array(SIZE)
  #start = 0
  #end = 0
  #dropped = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** How many bytes came before the front. */
  get position(): number {
    return this.#dropped
  }

  push(chunk: Uint8Array): void {
    this.space(chunk.length).set(chunk)
    this.grow(chunk.length)
  }

  /** Where the next `count` bytes may be written, instead of being copied; `grow` says how many were. */
  space(count: number): Uint8Array {
    if (this.#end + count > this.#bytes.length) this.#makeRoom(count)
    return this.#bytes.subarray(this.#end, this.#end + count)
  }

  grow(count: number): void {
    this.#end += count
  }

  drop(count: number): void {
    this.#start += count
    this.#dropped += count
  }

  u8(offset: number): number {
    return this.#bytes[this.#start + offset]!
  }

  u16(offset: number): number {
    return this.littleEndian
      ? this.u8(offset) | (this.u8(offset + 1) << 8)
      : (this.u8(offset) << 8) | this.u8(offset + 1)
  }

  u32(offset: number): number {
    const low = this.u16(this.littleEndian ? offset : offset + 2)
    const high = this.u16(this.littleEndian ? offset + 2 : offset)
    return ((high << 16) | low) >>> 0
  }

  /** A view, which stays when the bytes are dropped: they are never overwritten. It keeps its neighbours in memory. */
  slice(offset: number, length: number): Uint8Array {
    return this.#bytes.subarray(this.#start + offset, this.#start + offset + length)
  }

  #makeRoom(count: number): void {
    const length = this.length
    const needed = length + count
    // Twice of what is needed, so that bytes are moved once on average; never less than before.
    const size = needed > this.#bytes.length >> 1 ? Math.max(2 * needed, SIZE) : this.#bytes.length
    const target = new Uint8Array(size)
    target.set(this.#bytes.subarray(this.#start, this.#end))
    this.#bytes = target
    this.#start = 0
    this.#end = length
  }
}
