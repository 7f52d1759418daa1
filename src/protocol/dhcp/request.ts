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
  if (message.op !== BOOTREQUEST) return { refused: 'no-request', mac: clientMac(message) }
  return isAstray(message) ? { refused: 'malformed', mac: clientMac(message) } : message
}

/** RFC 1542 §4.1.1: relays drop what has more; it goes in a circle. */
const MAX_HOPS = 16
/** Bytes of the field chaddr. */
const MAX_HARDWARE_ADDRESS = 16

/** It went in a circle, or names no hardware address that could be answered. */
export const isAstray = ({ hops, hlen }: DhcpMessage): boolean =>
  hops > MAX_HOPS || hlen > MAX_HARDWARE_ADDRESS
