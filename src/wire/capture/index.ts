/**
 * The door to capture files, pcap and pcapng. Holds no code of its own.
 */
export { CaptureReader, ownFrame, readCapture } from './reader.ts'
export { CAPTURE_EPOCH_SECONDS, LINK_TYPE } from './record.ts'
export type { CaptureCursor, CaptureInterface, CaptureRecord, CapturedFrame } from './record.ts'
export { encodePcap } from './write-pcap.ts'
export { encodePcapng, pcapngPacket, pcapngPreamble } from './write-pcapng.ts'
