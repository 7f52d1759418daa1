/**
 * Numbers of the pcapng format (draft-ietf-opsawg-pcapng) that reader and writer share. No code.
 */

export const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  /** Obsolete, but still found. */
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d

/** `comment` in any block, `userApplication` in a section, the others in an interface. */
export const OPTION = {
  end: 0,
  comment: 1,
  interfaceName: 2,
  userApplication: 4,
  timeResolution: 9,
  timeOffset: 14,
} as const
