/**
 * What comes to the port of a server: a request, or something that it leaves alone. Does not look at what is asked.
 */
import type { Mac } from '../../core/address.ts'
import { decodeDhcp } from '../../wire/dhcp/codec.ts'
import { BOOTREQUEST, type DhcpMessage } from '../../wire/dhcp/message.ts'
import { clientMac } from '../../wire/dhcp/options.ts'

export interface NoRequest {
  readonly refused: 'malformed' | 'no-request'
  readonly mac: Mac | undefined
}

export const requestIn = (payload: Uint8Array): DhcpMessage | NoRequest => {
  const result = decodeDhcp(payload)
  if (!result.ok) return { refused: 'malformed', mac: undefined }
  const message = result.value
  return message.op === BOOTREQUEST ? message : { refused: 'no-request', mac: clientMac(message) }
}
