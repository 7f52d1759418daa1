/**
 * DATA packets of files that lie in memory, encoded once and kept for the next client: a class of machines boots the
 * same few files at the same block size. Does not keep packets of files that can change.
 */
import { writeU16 } from '../../core/bytes.ts'
import { OPCODE } from '../../wire/tftp/codec.ts'
import type { TftpFile } from './files.ts'

/** Larger files are read by few at a time, and are not worth their memory. */
export const MAX_KEPT_FILE_SIZE = 4 * 1024 * 1024
/** Bytes of packets kept by one service. */
export const MAX_KEPT_BYTES = 64 * 1024 * 1024

export class DataPackets {
  readonly #kept = new WeakMap<TftpFile, Map<number, (Uint8Array | undefined)[]>>()
  #bytes = 0

  /** `index` counts blocks from 0, `number` is what stands in the packet. Undefined: the file is unreadable now. */
  packet(file: TftpFile, index: number, blockSize: number, number: number): Uint8Array | undefined {
    const packets =
      file.lasting && file.size <= MAX_KEPT_FILE_SIZE ? this.#packetsOf(file, blockSize) : undefined
    const kept = packets?.[index]
    // After a rollover to 1 the same block can have another number.
    if (kept && kept[3] === (number & 255) && kept[2] === number >>> 8) return kept
    const packet = encodeBlock(file, index * blockSize, blockSize, number)
    if (packet && packets && this.#bytes + packet.length <= MAX_KEPT_BYTES) {
      packets[index] = packet
      this.#bytes += packet.length
    }
    return packet
  }

  #packetsOf(file: TftpFile, blockSize: number): (Uint8Array | undefined)[] {
    let bySize = this.#kept.get(file)
    if (!bySize) this.#kept.set(file, (bySize = new Map()))
    let packets = bySize.get(blockSize)
    if (!packets) bySize.set(blockSize, (packets = []))
    return packets
  }
}

const encodeBlock = (
  file: TftpFile,
  offset: number,
  blockSize: number,
  number: number,
): Uint8Array | undefined => {
  const length = Math.min(blockSize, file.size - offset)
  const packet = new Uint8Array(4 + length)
  packet[1] = OPCODE.data
  writeU16(packet, 2, number)
  if (length === 0) return packet
  const bytes = file.read(offset, length)
  if (bytes.length !== length) return undefined
  packet.set(bytes, 4)
  return packet
}
