/**
 * What a client asks as: each class is served by other servers, and judged by other rules.
 */
import { isBsdp } from '../../wire/bsdp/class-identifier.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { isHttpClient, isPxeClient } from '../../wire/pxe/client.ts'

export type ClientClass = 'pxe' | 'http' | 'bsdp' | 'other'

export const clientClass = (message: DhcpMessage): ClientClass => {
  if (isPxeClient(message)) return 'pxe'
  if (isHttpClient(message)) return 'http'
  return isBsdp(message) ? 'bsdp' : 'other'
}
