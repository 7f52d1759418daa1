/**
 * Which addresses of some ranges are free: a bitmap, so that the lowest free one is found in a few word reads even
 * in a large pool. Does not know who has the others.
 */
import { type Ip4, ip4Distance, ip4After, isWithin } from '../../core/address.ts'

/** Both ends included. */
export interface AddressRange {
  readonly first: Ip4
  readonly last: Ip4
}

/** Addresses in one pool: a /12. */
export const MAX_POOL_ADDRESSES = 1 << 20

interface Block {
  readonly first: Ip4
  readonly last: Ip4
  /** One bit per address, 1 = free; the highest bit of a word is its lowest address. */
  readonly words: Uint32Array
  /** No word before this one has a free address. */
  hint: number
}

export class FreeAddresses {
  readonly #blocks: readonly Block[]

  /** Ranges beyond the limit are cut. */
  constructor(ranges: readonly AddressRange[]) {
    let room = MAX_POOL_ADDRESSES
    const blocks: Block[] = []
    for (const { first, last } of ranges) {
      const size = Math.min(room, ip4Distance(first, last) + 1)
      if (size <= 0) continue
      room -= size
      const words = new Uint32Array(Math.ceil(size / 32)).fill(0xffffffff)
      if (size % 32 !== 0) words[words.length - 1] = ~(0xffffffff >>> (size % 32))
      blocks.push({ first, last: ip4After(first, size - 1), words, hint: 0 })
    }
    this.#blocks = blocks
  }

  /** Of all ranges, free or not. */
  get size(): number {
    return this.#blocks.reduce((sum, { first, last }) => sum + ip4Distance(first, last) + 1, 0)
  }

  /** True if the address belongs to a range, free or not. */
  covers(address: Ip4): boolean {
    return this.#blockOf(address) !== undefined
  }

  isFree(address: Ip4): boolean {
    const block = this.#blockOf(address)
    if (!block) return false
    const index = ip4Distance(block.first, address)
    return (block.words[index >>> 5]! & bit(index)) !== 0
  }

  get lowest(): Ip4 | undefined {
    for (const block of this.#blocks) {
      const { words } = block
      while (block.hint < words.length && words[block.hint] === 0) block.hint++
      if (block.hint < words.length)
        return ip4After(block.first, 32 * block.hint + Math.clz32(words[block.hint]!))
    }
    return undefined
  }

  take(address: Ip4): void {
    const block = this.#blockOf(address)
    if (!block) return
    const index = ip4Distance(block.first, address)
    block.words[index >>> 5]! &= ~bit(index)
  }

  giveBack(address: Ip4): void {
    const block = this.#blockOf(address)
    if (!block) return
    const index = ip4Distance(block.first, address)
    block.words[index >>> 5]! |= bit(index)
    block.hint = Math.min(block.hint, index >>> 5)
  }

  #blockOf(address: Ip4): Block | undefined {
    return this.#blocks.find(block => isWithin(address, block.first, block.last))
  }
}

const bit = (index: number): number => 0x80000000 >>> (index & 31)
