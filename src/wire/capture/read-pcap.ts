/**
 * Reads classic pcap: both byte orders, microseconds and nanoseconds. Does not read the variants of single vendors.
 */
import type { ByteQueue } from './byte-queue.ts'
import { MAX_CAPTURED_LENGTH, broken } from './format.ts'
import type { CaptureFormat, Step, Writable } from './format.ts'
import { PCAP_HEADER_LENGTH, PCAP_MAGIC, PCAP_RECORD_HEADER_LENGTH } from './pcap.ts'
import { CAPTURE_EPOCH_SECONDS } from './record.ts'
import type { CaptureCursor, CaptureInterface } from './record.ts'

/** Sets the queue's byte order; undefined if this is not the start of such a file. Needs four bytes. */
export const pcapFormat = (queue: ByteQueue): CaptureFormat | undefined => {
  for (const littleEndian of [true, false]) {
    queue.littleEndian = littleEndian
    const magic = queue.u32(0)
    if (magic === PCAP_MAGIC.micros) return reader(queue, 1)
    if (magic === PCAP_MAGIC.nanos) return reader(queue, 1000)
  }
  return undefined
}

const reader = (queue: ByteQueue, unitsPerMicro: number): CaptureFormat => {
  const interfaces: CaptureInterface[] = []

  const header = (): Step => {
    if (queue.length < PCAP_HEADER_LENGTH) return 'more'
    // The high half of this field is about the frame check sequence.
    interfaces.push({ name: '', linkType: queue.u32(20) & 0xffff })
    queue.drop(PCAP_HEADER_LENGTH)
    return 'passed'
  }

  const record = (linkType: number, cursor: Writable<CaptureCursor>): Step => {
    if (queue.length < PCAP_RECORD_HEADER_LENGTH) return 'more'
    const length = queue.u32(8)
    if (length > MAX_CAPTURED_LENGTH)
      return broken(
        'pcap.recordLength',
        queue.position + 8,
        `a frame of ${length} bytes: the file is damaged here`,
      )
    if (queue.length < PCAP_RECORD_HEADER_LENGTH + length) return 'more'
    cursor.at = (queue.u32(0) - CAPTURE_EPOCH_SECONDS) * 1_000_000 + Math.floor(queue.u32(4) / unitsPerMicro)
    cursor.iface = 0
    cursor.linkType = linkType
    cursor.buffer = queue.buffer
    cursor.start = queue.start + PCAP_RECORD_HEADER_LENGTH
    cursor.end = cursor.start + length
    cursor.originalLength = queue.u32(12)
    queue.drop(PCAP_RECORD_HEADER_LENGTH + length)
    return 'frame'
  }

  return {
    interfaces,
    step: cursor => (interfaces[0] ? record(interfaces[0].linkType, cursor) : header()),
  }
}
