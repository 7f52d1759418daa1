/**
 * DATA packets of files, encoded side by side in groups and kept for a while: a class of machines boots the same few
 * files at the same block size, a window is sent from one piece of memory, and a file is read in large pieces. What
 * is kept is bounded; the oldest group makes room. Does not notice by itself that a file has changed: `begin` asks.
 */
import { writeU16 } from '../../core/bytes.ts'
import { OPCODE } from '../../wire/tftp/codec.ts'
import type { TftpFile } from './files.ts'

/** Bytes of packets kept by one service. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024
/** Blocks of a group if windows are small, so that lock-step too reads more than a block at a time. */
const MIN_GROUP_BLOCKS = 16
/** A group is no larger, unless one packet is. */
const MAX_GROUP_BYTES = 128 * 1024
/** Held by each transfer besides: for large windows it would be much, and it is looked up less often. */
const MAX_HELD_BYTES = 32 * 1024
const HEADER_SIZE = 4

/** Packets that follow each other, or less of them: then the file could not be read to the end of the group. */
type Group = readonly Uint8Array[]

interface Kept {
  readonly groups: Map<number, Group>
  readonly index: number
  readonly bytes: number
}

interface Encodings {
  readonly version: number | undefined
  /** By block size and blocks of a group; then by number of the group. */
  readonly byShape: Map<number, Map<number, Group>>
}

/** The packets of one transfer, in order mostly: the group that was last used is at hand, if it is small. */
export interface PacketSource {
  /** `index` counts blocks from 0. Undefined: the file is unreadable now. */
  packet(index: number): Uint8Array | undefined
}

export class DataPackets {
  readonly #rollover: 0 | 1
  readonly #encodings = new WeakMap<TftpFile, Encodings>()
  /** In the order in which they were encoded. */
  readonly #kept = new Set<Kept>()
  #bytes = 0

  constructor(rollover: 0 | 1) {
    this.#rollover = rollover
  }

  /** A transfer of this file begins: what was made of an older version is not for it. */
  begin(file: TftpFile): void {
    const version = file.version?.()
    if (this.#encodings.get(file)?.version !== version)
      this.#encodings.set(file, { version, byShape: new Map() })
  }

  of(file: TftpFile, blockSize: number, windowSize: number): PacketSource {
    const count = groupBlocks(blockSize, windowSize)
    const groups = this.#groupsOf(file, blockSize, count)
    const isHeld = count * (HEADER_SIZE + blockSize) <= MAX_HELD_BYTES
    let held = -1
    let group: Group = []
    return {
      packet: index => {
        const number = Math.floor(index / count)
        if (number === held) return group[index - number * count]
        const found = groups.get(number) ?? this.#encode(file, number, blockSize, count, groups)
        if (isHeld) [held, group] = [number, found]
        return found[index - number * count]
      },
    }
  }

  #groupsOf(file: TftpFile, blockSize: number, count: number): Map<number, Group> {
    let encodings = this.#encodings.get(file)
    if (!encodings) this.#encodings.set(file, (encodings = { version: undefined, byShape: new Map() }))
    const shape = blockSize * 0x10000 + count
    let groups = encodings.byShape.get(shape)
    if (!groups) encodings.byShape.set(shape, (groups = new Map()))
    return groups
  }

  #encode(
    file: TftpFile,
    index: number,
    blockSize: number,
    count: number,
    groups: Map<number, Group>,
  ): Group {
    const offset = index * count * blockSize
    const wanted = Math.min(count * blockSize, file.size - offset)
    const bytes = wanted > 0 ? file.read(offset, wanted) : NO_BYTES
    const isWhole = bytes.length === wanted
    // A size that is a multiple of the block size ends with an empty block (RFC 1350 §6).
    const blocks = isWhole
      ? Math.min(count, Math.floor(wanted / blockSize) + 1)
      : Math.floor(bytes.length / blockSize)
    const group = this.#encoded(bytes, index * count, blockSize, blocks)
    if (isWhole) this.#keep({ groups, index, bytes: wanted + blocks * HEADER_SIZE }, group)
    return group
  }

  #encoded(bytes: Uint8Array, firstIndex: number, blockSize: number, blocks: number): Group {
    const stride = HEADER_SIZE + blockSize
    const headers = blocks * HEADER_SIZE
    const memory = new Uint8Array(headers + Math.min(bytes.length, blocks * blockSize))
    // All data behind the place of all headers; then each block moves forward to its own. One copy of the whole and
    // one move for each block is less than a view and a copy for each.
    memory.set(bytes.length > blocks * blockSize ? bytes.subarray(0, blocks * blockSize) : bytes, headers)
    const group: Uint8Array[] = []
    for (let i = 0; i < blocks; i++) {
      const at = i * stride
      const from = headers + i * blockSize
      memory.copyWithin(at + HEADER_SIZE, from, from + blockSize)
      memory[at] = 0
      memory[at + 1] = OPCODE.data
      writeU16(memory, at + 2, blockNumber(firstIndex + i + 1, this.#rollover))
      group.push(memory.subarray(at, at + stride))
    }
    return group
  }

  #keep(kept: Kept, group: Group): void {
    if (kept.bytes > MAX_KEPT_BYTES) return
    kept.groups.set(kept.index, group)
    this.#kept.add(kept)
    this.#bytes += kept.bytes
    for (const oldest of this.#kept) {
      if (this.#bytes <= MAX_KEPT_BYTES) return
      oldest.groups.delete(oldest.index)
      this.#kept.delete(oldest)
      this.#bytes -= oldest.bytes
    }
  }
}

const NO_BYTES = new Uint8Array(0)

/** As it stands in the packet; `block` counts from 1 and does not roll over. */
export const blockNumber = (block: number, rollover: 0 | 1): number =>
  rollover === 0 ? block & 0xffff : ((block - 1) % 0xffff) + 1

/** A window starts where a group does, as long as nothing is lost. */
const groupBlocks = (blockSize: number, windowSize: number): number => {
  const most = Math.max(1, Math.floor(MAX_GROUP_BYTES / (HEADER_SIZE + blockSize)))
  const windows = Math.max(1, Math.floor(MIN_GROUP_BLOCKS / windowSize))
  return Math.min(windows * windowSize, most)
}
