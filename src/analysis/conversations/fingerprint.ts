/**
 * Which firmware a client is, guessed from its own packets: option order and content (E-2, I-2, U-1, B-2; D-9). A
 * guess is good enough to say which machines a finding hurts; nothing else depends on it
 * except the order in which firmware prefers offers.
 */
import { u16At } from '../../core/bytes.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION, classIdentifier, first, maximumMessageSize } from '../../wire/dhcp/options.ts'
import { clientArchitecture, isHttpClient, isPxeClient } from '../../wire/pxe/client.ts'

export type Firmware = 'EDK2' | 'UEFI' | 'iPXE' | 'U-Boot' | 'BIOS ROM' | 'UEFI HTTP boot' | 'Apple' | 'other'

/** What a client asks as: each is served by other servers, and judged by other rules. */
export type ClientClass = 'pxe' | 'http' | 'bsdp' | 'other'

export const clientClass = (message: DhcpMessage): ClientClass => {
  if (isPxeClient(message)) return 'pxe'
  if (isHttpClient(message)) return 'http'
  return classIdentifier(message)?.startsWith('AAPLBSDPC') ? 'bsdp' : 'other'
}

const EDK2_ORDER = [53, 57, 55, 97, 94, 93, 60] as const
/** E-32: the request to port 4011 has its options sorted. */
const EDK2_4011_ORDER = [53, 55, 57, 60, 93, 94, 97] as const

export const firmwareOf = (message: DhcpMessage): Firmware => {
  if (isIpxe(message)) return 'iPXE'
  if (isHttpClient(message)) return 'UEFI HTTP boot'
  const text = classIdentifier(message)
  if (text?.startsWith('AAPLBSDPC')) return 'Apple'
  if (text?.startsWith('U-Boot')) return 'U-Boot'
  // U-1: 576 is said by no other firmware; its EFI boot method says PXEClient.
  if (maximumMessageSize(message) === 576 && first(message, OPTION.clientNetworkInterface)?.[1] === 1)
    return 'U-Boot'
  if (!isPxeClient(message)) return 'other'
  const architecture = clientArchitecture(message)
  if (architecture === undefined || architecture === 0) return 'BIOS ROM'
  return hasOrder(message, EDK2_ORDER) || hasOrder(message, EDK2_4011_ORDER) ? 'EDK2' : 'UEFI'
}

/** I-2: user class `iPXE`, raw or with the length byte of RFC 3004, or its encapsulated options. */
const isIpxe = (message: DhcpMessage): boolean => {
  if (first(message, OPTION.ipxeEncapsulated)) return true
  const user = first(message, OPTION.userClass)
  if (!user || user.length < 4) return false
  const start = user[0] === 4 ? 1 : 0
  return user.length >= start + 4 && u16At(user, start) === 0x6950 && u16At(user, start + 2) === 0x5845
}

/** 54 and 50 stand between in a REQUEST (E-26) and are skipped. */
const hasOrder = (message: DhcpMessage, order: readonly number[]): boolean => {
  let at = 0
  for (const { code } of message.options) {
    if (code === OPTION.serverIdentifier || code === OPTION.requestedIpAddress) continue
    if (code === OPTION.relayAgentInformation || code === OPTION.vendorSpecific) continue
    if (code !== order[at]) return false
    at++
  }
  return at === order.length
}

/** Takes the first complete PXE offer, else the first redirect (E-22, B-10). */
export const prefersFirst = (firmware: Firmware): boolean =>
  firmware === 'EDK2' || firmware === 'UEFI' || firmware === 'BIOS ROM'
