/**
 * Numbers of the classic pcap format (draft-ietf-opsawg-pcap) that reader and writer share. No code.
 */

/** The first four bytes, read in the order of the machine that wrote them. */
export const PCAP_MAGIC = { micros: 0xa1b2c3d4, nanos: 0xa1b23c4d } as const

export const PCAP_HEADER_LENGTH = 24
export const PCAP_RECORD_HEADER_LENGTH = 16
