/**
 * Reads pcapng: several sections of either byte order, several interfaces with their own clock and link type,
 * enhanced, simple and obsolete packet blocks. Other blocks and most options are passed over.
 */
import type { Issue } from '../../core/decoded.ts'
import type { Micros } from '../../core/micros.ts'
import type { ByteQueue } from './byte-queue.ts'
import { MAX_BLOCK_LENGTH, MAX_CAPTURED_LENGTH, MAX_INTERFACES, broken } from './format.ts'
import type { CaptureFormat, Step, Writable } from './format.ts'
import { BLOCK, BYTE_ORDER_MAGIC, OPTION } from './pcapng.ts'
import { CAPTURE_EPOCH_SECONDS } from './record.ts'
import type { CaptureCursor, CaptureInterface } from './record.ts'

interface SectionInterface extends CaptureInterface {
  /** Index among the interfaces of all sections. */
  readonly index: number
  readonly snapLength: number
  readonly clock: 'micros' | 'nanos' | 'other'
  readonly unitsPerSecond: bigint
  readonly offsetSeconds: bigint
}

const MICROS_PER_SECOND = 1_000_000n
const NANOS_PER_SECOND = 1_000_000_000n
const EPOCH: Micros = CAPTURE_EPOCH_SECONDS * 1_000_000

/** Undefined if this is not the start of such a file. Needs four bytes. */
export const pcapngFormat = (queue: ByteQueue, report: (issue: Issue) => void): CaptureFormat | undefined =>
  queue.u32(0) === BLOCK.section ? new PcapngReader(queue, report) : undefined

class PcapngReader implements CaptureFormat {
  readonly interfaces: CaptureInterface[] = []
  readonly #queue: ByteQueue
  readonly #report: (issue: Issue) => void
  #section: SectionInterface[] = []
  /** Of the last frame: simple packet blocks carry no time. */
  #lastAt: Micros = 0

  constructor(queue: ByteQueue, report: (issue: Issue) => void) {
    this.#queue = queue
    this.#report = report
  }

  step(cursor: Writable<CaptureCursor>): Step {
    const queue = this.#queue
    if (queue.length < 12) return 'more'
    const type = queue.u32(0)
    if (type === BLOCK.section && !this.#learnByteOrder())
      return broken('pcapng.byteOrder', queue.position + 8, 'a section without byte order magic')
    const length = queue.u32(4)
    if (length < 12 || length % 4 !== 0 || length > MAX_BLOCK_LENGTH)
      return broken(
        'pcapng.blockLength',
        queue.position + 4,
        `a block of ${length} bytes: the file is damaged here`,
      )
    if (queue.length < length) return 'more'
    if (queue.u32(length - 4) !== length)
      return broken('pcapng.blockLength', queue.position + length - 4, 'the two lengths of a block differ')
    const result = this.#block(type, length, cursor)
    queue.drop(length)
    return result
  }

  #learnByteOrder(): boolean {
    for (const littleEndian of [true, false]) {
      this.#queue.littleEndian = littleEndian
      if (this.#queue.u32(8) === BYTE_ORDER_MAGIC) return true
    }
    return false
  }

  /** `length` is that of the whole block, with type and both lengths. */
  #block(type: number, length: number, cursor: Writable<CaptureCursor>): Step {
    switch (type) {
      case BLOCK.section:
        return this.#sectionBlock(length)
      case BLOCK.interface:
        return this.#interfaceBlock(length)
      case BLOCK.enhancedPacket:
        return this.#packetBlock(length, this.#u32Within(8, length), cursor)
      case BLOCK.packet:
        return this.#packetBlock(length, length < 32 ? 0 : this.#queue.u16(8), cursor)
      case BLOCK.simplePacket:
        return this.#simplePacketBlock(length, cursor)
      default:
        return 'passed'
    }
  }

  #u32Within(offset: number, length: number): number {
    return offset + 8 <= length ? this.#queue.u32(offset) : 0
  }

  #sectionBlock(length: number): Step {
    const queue = this.#queue
    const version = length < 28 ? 0 : queue.u16(12)
    if (version !== 1)
      return broken('pcapng.version', queue.position + 12, `version ${version} of the format`)
    this.#section = []
    return 'passed'
  }

  #interfaceBlock(length: number): Step {
    const queue = this.#queue
    const index = this.interfaces.length
    if (index >= MAX_INTERFACES)
      return broken('pcapng.interfaces', queue.position, `more than ${MAX_INTERFACES} interfaces`)
    if (length < 20) return this.#pass('pcapng.truncated', 'an interface block without its fields')
    let name = ''
    let resolution = 6
    let offsetSeconds = 0n
    for (let at = 16; at + 4 <= length - 4;) {
      const code = queue.u16(at)
      const size = queue.u16(at + 2)
      if (code === OPTION.end || at + 4 + size > length - 4) break
      if (code === OPTION.interfaceName) name = utf8.decode(queue.slice(at + 4, size))
      if (code === OPTION.timeResolution && size === 1) resolution = queue.u8(at + 4)
      if (code === OPTION.timeOffset && size === 8) offsetSeconds = BigInt.asIntN(64, this.#u64(at + 4))
      at += 4 + ((size + 3) & ~3)
    }
    const linkType = queue.u16(8)
    const unitsPerSecond = resolution & 0x80 ? 1n << BigInt(resolution & 0x7f) : 10n ** BigInt(resolution)
    this.interfaces.push({ name, linkType })
    this.#section.push({
      name,
      linkType,
      index,
      snapLength: queue.u32(12),
      clock: clockOf(unitsPerSecond, offsetSeconds),
      unitsPerSecond,
      offsetSeconds,
    })
    return 'passed'
  }

  #u64(offset: number): bigint {
    const first = BigInt(this.#queue.u32(offset))
    const second = BigInt(this.#queue.u32(offset + 4))
    return this.#queue.littleEndian ? (second << 32n) | first : (first << 32n) | second
  }

  /** The enhanced packet block and its obsolete forerunner differ only in how they name the interface. */
  #packetBlock(length: number, interfaceId: number, cursor: Writable<CaptureCursor>): Step {
    const queue = this.#queue
    const captured = length < 32 ? Infinity : queue.u32(20)
    if (captured > length - 32 || captured > MAX_CAPTURED_LENGTH)
      return this.#pass('pcapng.packetLength', 'a packet longer than its block')
    const iface = this.#section[interfaceId]
    if (!iface)
      return this.#pass('pcapng.interface', `a packet of interface ${interfaceId}, which was not described`)
    this.#lastAt = timeOf(queue.u32(12), queue.u32(16), iface)
    return this.#show(cursor, iface, 28, captured, queue.u32(24))
  }

  /** Always of the section's first interface, cut to its snap length, without a time. */
  #simplePacketBlock(length: number, cursor: Writable<CaptureCursor>): Step {
    const queue = this.#queue
    const iface = this.#section[0]
    if (!iface) return this.#pass('pcapng.interface', 'a simple packet without any interface described')
    if (length < 16) return this.#pass('pcapng.packetLength', 'a simple packet without its length')
    const originalLength = queue.u32(8)
    const captured = Math.min(originalLength, iface.snapLength || Infinity)
    if (captured > length - 16 || captured > MAX_CAPTURED_LENGTH)
      return this.#pass('pcapng.packetLength', 'a packet longer than its block')
    return this.#show(cursor, iface, 12, captured, originalLength)
  }

  #show(
    cursor: Writable<CaptureCursor>,
    iface: SectionInterface,
    offset: number,
    captured: number,
    originalLength: number,
  ): Step {
    const { buffer, start } = this.#queue
    cursor.at = this.#lastAt
    cursor.iface = iface.index
    cursor.linkType = iface.linkType
    cursor.buffer = buffer
    cursor.start = start + offset
    cursor.end = start + offset + captured
    cursor.originalLength = originalLength
    return 'frame'
  }

  #pass(code: string, message: string): 'passed' {
    this.#report({ ...broken(code, this.#queue.position, message), severity: 'violation' })
    return 'passed'
  }
}

const clockOf = (unitsPerSecond: bigint, offsetSeconds: bigint): SectionInterface['clock'] => {
  if (offsetSeconds !== 0n) return 'other'
  if (unitsPerSecond === MICROS_PER_SECOND) return 'micros'
  return unitsPerSecond === NANOS_PER_SECOND ? 'nanos' : 'other'
}

const timeOf = (high: number, low: number, iface: SectionInterface): Micros => {
  // The two clocks that nearly all captures have, without big numbers; every product here is exact.
  if (iface.clock === 'micros' && high < 1 << 21) return high * 2 ** 32 + low - EPOCH
  // 2^32 = 4294967 * 1000 + 296
  if (iface.clock === 'nanos' && high < 2 ** 30)
    return high * 4_294_967 + Math.floor((high * 296 + low) / 1000) - EPOCH
  const ticks = (BigInt(high) << 32n) | BigInt(low)
  const micros = (ticks * MICROS_PER_SECOND) / iface.unitsPerSecond
  const at = micros + (iface.offsetSeconds - BigInt(CAPTURE_EPOCH_SECONDS)) * MICROS_PER_SECOND
  // A clock that no calendar knows must not leave the integers.
  if (at > LATEST_MICROS) return Number.MAX_SAFE_INTEGER
  return at < -LATEST_MICROS ? -Number.MAX_SAFE_INTEGER : Number(at)
}

const LATEST_MICROS = BigInt(Number.MAX_SAFE_INTEGER)

const utf8 = new TextDecoder()
