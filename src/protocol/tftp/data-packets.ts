/**
 * DATA packets of files, encoded side by side in groups and kept for a while: a class of machines boots the same few
 * files at the same block size, a window is sent from one piece of memory, and a file is read in large pieces. What
 * is kept is bounded; the oldest group makes room. A transfer gets packets of one version of its file, or none. Files
 * that are loaded (`TftpFile.load`) are asked for one group ahead.
 */
import { writeU16 } from '../../core/bytes.ts'
import { OPCODE } from '../../wire/tftp/codec.ts'
import type { FileVersion, TftpFile } from './files.ts'

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

/** Called with the group, or without one if the file can no longer be read. */
type Waiter = (group: Group | undefined) => void

interface Shape {
  readonly version: FileVersion | undefined
  readonly blockSize: number
  /** Blocks of a group. */
  readonly count: number
  /** By their numbers. */
  readonly groups: Map<number, Group>
  readonly loading: Map<number, Set<Waiter>>
}

interface Encodings {
  readonly version: FileVersion | undefined
  /** By block size and blocks of a group. */
  readonly byShape: Map<number, Shape>
}

/** It is being read; `came` is called once it is there, or cannot be had. */
export const LATER = 'later'

/** The packets of one transfer, in order mostly: the group that was last used is at hand, if it is small. */
export interface PacketSource {
  /** `index` counts blocks from 0. Undefined: the file is unreadable now, or has changed. */
  packet(index: number): Uint8Array | typeof LATER | undefined
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

  /** `came`: see `LATER`. Without it a file is read at once, however long that takes. */
  of(file: TftpFile, blockSize: number, windowSize: number, came?: () => void): PacketSource {
    const count = groupBlocks(blockSize, windowSize)
    if (came && file.load) return this.#loaded(file, file.load, blockSize, count, came)
    const shape = this.#shapeOf(file, file.version?.(), blockSize, count)
    const isHeld = isSmall(shape)
    let held = -1
    let group: Group = []
    return {
      packet: index => {
        const number = Math.floor(index / count)
        if (number === held) return group[index - number * count]
        const found = shape.groups.get(number) ?? this.#read(file, number, shape)
        if (isHeld) [held, group] = [number, found]
        return found[index - number * count]
      },
    }
  }

  #loaded(
    file: TftpFile,
    load: NonNullable<TftpFile['load']>,
    blockSize: number,
    count: number,
    came: () => void,
  ): PacketSource {
    let shape: Shape | undefined
    let isAsked = false
    let isLost = false
    let held = -1
    let group: Group = []
    /** The group that is sent from now. */
    let current = -1
    const askVersion = (): void => {
      if (isAsked) return
      isAsked = true
      load(0, NO_BYTES, (_, version) => {
        if (version === undefined) isLost = true
        else shape = this.#shapeOf(file, version, blockSize, count)
        came()
      })
    }
    const arrived = (number: number, found: Group | undefined): void => {
      if (found) [held, group] = [number, found]
      else isLost = true
      came()
      if (held === number && shape && !isSmall(shape)) [held, group] = [-1, []]
    }
    return {
      packet: index => {
        if (isLost) return undefined
        if (!shape) {
          askVersion()
          return LATER
        }
        const number = Math.floor(index / count)
        if (number === held) return group[index - number * count]
        const found = shape.groups.get(number)
        if (!found) this.#load(file, load, number, shape, loaded => arrived(number, loaded))
        if (number !== current && (number + 1) * count * blockSize <= file.size)
          this.#load(file, load, number + 1, shape)
        current = number
        if (!found) return LATER
        if (isSmall(shape)) [held, group] = [number, found]
        return found[index - number * count]
      },
    }
  }

  /** What was made of another version is for the transfers that began with it. */
  #shapeOf(file: TftpFile, version: FileVersion | undefined, blockSize: number, count: number): Shape {
    let encodings = this.#encodings.get(file)
    if (encodings?.version !== version || !encodings)
      this.#encodings.set(file, (encodings = { version, byShape: new Map() }))
    const key = blockSize * 0x10000 + count
    let shape = encodings.byShape.get(key)
    if (!shape) {
      shape = { version, blockSize, count, groups: new Map(), loading: new Map() }
      encodings.byShape.set(key, shape)
    }
    return shape
  }

  #read(file: TftpFile, number: number, shape: Shape): Group {
    const { blockSize, count, groups } = shape
    const offset = number * count * blockSize
    const wanted = Math.min(count * blockSize, file.size - offset)
    const bytes = wanted > 0 ? file.read(offset, wanted) : NO_BYTES
    if (file.version?.() !== shape.version) return []
    const isWhole = bytes.length === wanted
    // A size that is a multiple of the block size ends with an empty block (RFC 1350 §6).
    const blocks = isWhole
      ? Math.min(count, Math.floor(wanted / blockSize) + 1)
      : Math.floor(bytes.length / blockSize)
    const group = this.#encoded(bytes, number * count, blockSize, blocks)
    if (isWhole) this.#keep({ groups, index: number, bytes: wanted + blocks * HEADER_SIZE }, group)
    return group
  }

  #load(
    file: TftpFile,
    load: NonNullable<TftpFile['load']>,
    number: number,
    { version, blockSize, count, groups, loading }: Shape,
    waiter?: Waiter,
  ): void {
    const waiting = loading.get(number)
    if (waiting) return void (waiter && waiting.add(waiter))
    if (!waiter && groups.has(number)) return
    const waiters = new Set(waiter ? [waiter] : [])
    loading.set(number, waiters)
    const offset = number * count * blockSize
    const wanted = Math.max(0, Math.min(count * blockSize, file.size - offset))
    const blocks = Math.min(count, Math.floor(wanted / blockSize) + 1)
    const headers = blocks * HEADER_SIZE
    const memory = new Uint8Array(headers + wanted)
    load(offset, memory.subarray(headers), (length, found) => {
      loading.delete(number)
      const isWhole = length === wanted && found === version
      const group = isWhole ? this.#arranged(memory, headers, number * count, blockSize, blocks) : undefined
      if (group) this.#keep({ groups, index: number, bytes: memory.length }, group)
      for (const tell of waiters) tell(group)
    })
  }

  #encoded(bytes: Uint8Array, firstIndex: number, blockSize: number, blocks: number): Group {
    const headers = blocks * HEADER_SIZE
    const memory = new Uint8Array(headers + Math.min(bytes.length, blocks * blockSize))
    // All data behind the place of all headers; then each block moves forward to its own. One copy of the whole and
    // one move for each block is less than a view and a copy for each.
    memory.set(bytes.length > blocks * blockSize ? bytes.subarray(0, blocks * blockSize) : bytes, headers)
    return this.#arranged(memory, headers, firstIndex, blockSize, blocks)
  }

  /** The data is behind the place of all headers. */
  #arranged(
    memory: Uint8Array,
    headers: number,
    firstIndex: number,
    blockSize: number,
    blocks: number,
  ): Group {
    const stride = HEADER_SIZE + blockSize
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

const isSmall = ({ count, blockSize }: Shape): boolean => count * (HEADER_SIZE + blockSize) <= MAX_HELD_BYTES

/** As it stands in the packet; `block` counts from 1 and does not roll over. */
export const blockNumber = (block: number, rollover: 0 | 1): number =>
  rollover === 0 ? block & 0xffff : ((block - 1) % 0xffff) + 1

/** A window starts where a group does, as long as nothing is lost. */
const groupBlocks = (blockSize: number, windowSize: number): number => {
  const most = Math.max(1, Math.floor(MAX_GROUP_BYTES / (HEADER_SIZE + blockSize)))
  const windows = Math.max(1, Math.floor(MIN_GROUP_BLOCKS / windowSize))
  return Math.min(windows * windowSize, most)
}
