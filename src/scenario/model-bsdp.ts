/**
 * BSDP as part of a checked scenario: images with their files, behavior, and what a server remembers. Types only.
 */
import type { Micros } from '../core/micros.ts'
import type { NetBootImage } from '../protocol/bsdp/images.ts'
import type { BsdpBehavior } from '../protocol/bsdp/behavior.ts'
import type { BsdpRecord } from '../protocol/bsdp/records.ts'
import type { ImageFile } from './model.ts'

export interface BsdpPart {
  readonly images: readonly NetBootImage[]
  /** Of those images. */
  readonly files: readonly ImageFile[]
  readonly hostName: string | undefined
  readonly accounts: number
  readonly records: readonly BsdpRecord[]
  readonly behavior: Partial<BsdpBehavior>
  /** Undefined: as the server's other answers. */
  readonly delay: Micros | undefined
}
