/**
 * The kinds of clients that the observer tells apart, in the order in which they are asked: who says its own name comes
 * before who is known by its habits.
 */
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { APPLE } from './apple.ts'
import { BIOS_ROM } from './bios-rom.ts'
import type { ClientKind } from './client-kind.ts'
import { EDK2 } from './edk2.ts'
import { IPXE } from './ipxe.ts'
import { RASPBERRY_PI } from './raspberry-pi.ts'
import { U_BOOT } from './u-boot.ts'
import { UEFI_HTTP } from './uefi-http.ts'
import { UEFI } from './uefi.ts'

export const CLIENT_KINDS: readonly ClientKind[] = [
  IPXE,
  UEFI_HTTP,
  APPLE,
  U_BOOT,
  RASPBERRY_PI,
  BIOS_ROM,
  EDK2,
  UEFI,
]

/** A machine of which nothing is known, or that does not boot. */
export const OTHER: ClientKind = { name: 'other', matches: () => true, effects: {} }

export const clientKindOf = (message: DhcpMessage, kinds: readonly ClientKind[] = CLIENT_KINDS): ClientKind =>
  kinds.find(kind => kind.matches(message)) ?? OTHER
