/**
 * The record of a boot before anything is known of it.
 */
import type { BootRecord } from './pc.ts'

export const newBootRecord = (): BootRecord => ({
  outcome: 'pending',
  code: undefined,
  lease: undefined,
  pxeServer: undefined,
  transfer: undefined,
  file: undefined,
  content: undefined,
  attempts: [],
})
