/**
 * Bytes that arrive in chunks and are read from the front as numbers of either byte order. Holds no more than what
 * has not been dropped yet, in a buffer that is used again and again. Does not know what the bytes mean.
 */

const SIZE = 1 << 16

export class ByteQueue {
  /** Set by whoever learns it from the bytes. */
  littleEndian = true
  /** The bytes lie here; moved whenever room is made. */
  buffer = new Uint8Array(SIZE)
  /** Of the front, in the buffer. */
  start = 0
  #view = new DataView(this.buffer.buffer)
  #end = 0
  #dropped = 0

  get length(): number {
    return this.#end - this.start
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
    if (this.#end + count > this.buffer.length) this.#makeRoom(count)
    return this.buffer.subarray(this.#end, this.#end + count)
  }

  grow(count: number): void {
    this.#end += count
  }

  drop(count: number): void {
    this.start += count
    this.#dropped += count
  }

  u8(offset: number): number {
    return this.buffer[this.start + offset]!
  }

  u16(offset: number): number {
    return this.#view.getUint16(this.start + offset, this.littleEndian)
  }

  u32(offset: number): number {
    return this.#view.getUint32(this.start + offset, this.littleEndian)
  }

  /** A view, good until room is made for more. */
  slice(offset: number, length: number): Uint8Array {
    return this.buffer.subarray(this.start + offset, this.start + offset + length)
  }

  #makeRoom(count: number): void {
    const { length } = this
    const needed = length + count
    if (needed > this.buffer.length) {
      const target = new Uint8Array(Math.max(needed, 2 * this.buffer.length))
      target.set(this.buffer.subarray(this.start, this.#end))
      this.buffer = target
      this.#view = new DataView(target.buffer)
    } else this.buffer.copyWithin(0, this.start, this.#end)
    this.start = 0
    this.#end = length
  }
}
