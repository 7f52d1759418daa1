/**
 * Writes pcapng (draft-ietf-opsawg-pcapng): one section, one interface per segment, microseconds. The same records
 * give the same bytes: no date of today, no machine, no version. Does not write name resolution or statistics.
 */
import { CAPTURE_EPOCH_SECONDS } from './record.ts'
import type { CaptureInterface, CaptureRecord } from './record.ts'
import { BLOCK, BYTE_ORDER_MAGIC, OPTION } from './pcapng.ts'
import { littleEndian } from './writer.ts'
import type { Writer } from './writer.ts'

const USER_APPLICATION = 'nbs-lab'
/** if_tsresol: 10^-6 seconds. */
const MICROSECONDS = Uint8Array.of(6)
/** An enhanced packet block without packet and options. */
const PACKET_OVERHEAD = 32

/** A whole file in one piece. */
export const encodePcapng = (
  interfaces: readonly CaptureInterface[],
  records: readonly CaptureRecord[],
): Uint8Array => {
  const preamble = pcapngPreamble(interfaces)
  const size = records.reduce((sum, record) => sum + packetSize(record), preamble.length)
  const writer = littleEndian(size)
  writer.bytes(preamble)
  for (const record of records) writePacket(writer, record)
  return writer.whole
}

/** What a file begins with, for writing one as records come in. */
export const pcapngPreamble = (interfaces: readonly CaptureInterface[]): Uint8Array => {
  const application = utf8(USER_APPLICATION)
  const names = interfaces.map(iface => utf8(iface.name))
  const interfaceSize = (name: Uint8Array) => 20 + optionSize(name) + optionSize(MICROSECONDS) + 4
  const sectionSize = 28 + optionSize(application) + 4
  const writer = littleEndian(names.reduce((sum, name) => sum + interfaceSize(name), sectionSize))
  writer.u32(BLOCK.section).u32(sectionSize).u32(BYTE_ORDER_MAGIC).u16(1).u16(0)
  writer.u32(0xffffffff).u32(0xffffffff) // section length: not said
  writeOption(writer, OPTION.userApplication, application).u32(OPTION.end).u32(sectionSize)
  for (const [i, name] of names.entries()) {
    const size = interfaceSize(name)
    writer.u32(BLOCK.interface).u32(size).u16(interfaces[i]!.linkType).u16(0).u32(0)
    writeOption(writer, OPTION.interfaceName, name)
    writeOption(writer, OPTION.timeResolution, MICROSECONDS).u32(OPTION.end).u32(size)
  }
  return writer.whole
}

/** One enhanced packet block, to follow the preamble. */
export const pcapngPacket = (record: CaptureRecord): Uint8Array => {
  const writer = littleEndian(packetSize(record))
  writePacket(writer, record)
  return writer.whole
}

const packetSize = (record: CaptureRecord): number =>
  PACKET_OVERHEAD +
  padded(record.bytes.length) +
  (record.comment ? 8 + padded(commentBytes(record).length) : 0)

const writePacket = (writer: Writer, record: CaptureRecord): void => {
  const size = packetSize(record)
  const ticks = CAPTURE_EPOCH_SECONDS * 1_000_000 + record.at
  writer.u32(BLOCK.enhancedPacket).u32(size).u32(record.iface)
  writer.u32(Math.floor(ticks / 2 ** 32)).u32(ticks % 2 ** 32)
  writer.u32(record.bytes.length).u32(record.originalLength ?? record.bytes.length)
  writer.bytes(record.bytes).align()
  if (record.comment) writeOption(writer, OPTION.comment, commentBytes(record)).u32(OPTION.end)
  writer.u32(size)
}

const commentBytes = (record: CaptureRecord): Uint8Array => utf8(record.comment ?? '')

const writeOption = (writer: Writer, code: number, value: Uint8Array): Writer =>
  writer.u16(code).u16(value.length).bytes(value).align()

const optionSize = (value: Uint8Array): number => 4 + padded(value.length)
const padded = (length: number): number => (length + 3) & ~3

const encoder = new TextEncoder()
/** As much as an option can hold. */
const utf8 = (text: string): Uint8Array => encoder.encode(text).subarray(0, 0xffff)
