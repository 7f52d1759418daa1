/**
 * Writes classic pcap, little-endian, microseconds: one link type, no interfaces (records of all are mixed).
 */
import { CAPTURE_EPOCH_SECONDS, LINK_TYPE } from './record.ts'
import type { CaptureRecord } from './record.ts'
import { PCAP_HEADER_LENGTH, PCAP_MAGIC, PCAP_RECORD_HEADER_LENGTH } from './pcap.ts'
import { littleEndian } from './writer.ts'

/** What current tools write when nothing is cut. */
const SNAP_LENGTH = 262_144

export const encodePcap = (
  records: readonly CaptureRecord[],
  { linkType = LINK_TYPE.ethernet }: { readonly linkType?: number } = {},
): Uint8Array => {
  const size = records.reduce(
    (sum, r) => sum + PCAP_RECORD_HEADER_LENGTH + r.bytes.length,
    PCAP_HEADER_LENGTH,
  )
  const writer = littleEndian(size)
  writer.u32(PCAP_MAGIC.micros).u16(2).u16(4).u32(0).u32(0).u32(SNAP_LENGTH).u32(linkType)
  for (const { at, bytes, originalLength } of records) {
    const seconds = Math.floor(at / 1_000_000)
    writer.u32(CAPTURE_EPOCH_SECONDS + seconds).u32(at - seconds * 1_000_000)
    writer.u32(bytes.length).u32(originalLength ?? bytes.length)
    writer.bytes(bytes)
  }
  return writer.whole
}
