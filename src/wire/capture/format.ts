/**
 * What the reader asks of a capture format. Types, limits, and the words for what is wrong; no format.
 */
import type { Issue } from '../../core/decoded.ts'
import type { CaptureInterface, CaptureCursor } from './record.ts'

/** Bytes of one captured frame. Ethernet needs 64 KiB at most, segmentation offload included; more is a broken file. */
export const MAX_CAPTURED_LENGTH = 1 << 20
/** Bytes of one pcapng block; also what the reader holds at most beside the chunk just pushed. */
export const MAX_BLOCK_LENGTH = 1 << 24
/** Interfaces of one file, all its sections together. */
export const MAX_INTERFACES = 4096
/** Issues remembered of one file; what comes after is read all the same. */
export const MAX_ISSUES = 100

/** The cursor shows a frame; or `more` bytes are needed; or something else was `passed`; or nothing further can be read. */
export type Step = 'frame' | 'more' | 'passed' | Issue

export interface CaptureFormat {
  readonly interfaces: readonly CaptureInterface[]
  /** Reads one thing from the front of the queue it was made for; a frame into the cursor. */
  step(cursor: Writable<CaptureCursor>): Step
}

export type Writable<T> = { -readonly [K in keyof T]: T[K] }

export const broken = (code: string, offset: number, message: string): Issue => ({
  code,
  severity: 'fatal',
  offset,
  message,
  reference: code.startsWith('pcapng') ? 'draft-ietf-opsawg-pcapng' : 'draft-ietf-opsawg-pcap',
})
