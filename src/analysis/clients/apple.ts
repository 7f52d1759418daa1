/**
 * Macs, which ask by BSDP.
 */
import { isBsdp } from '../../wire/bsdp/class-identifier.ts'
import type { ClientKind } from './client-kind.ts'

export const APPLE: ClientKind = {
  name: 'Apple',
  matches: isBsdp,
  effects: {},
}
