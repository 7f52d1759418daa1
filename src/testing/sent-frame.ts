/**
 * Bytes that a test sends, as the frame that a subnet gets: an Ethernet frame, or a DHCP message alone, which its
 * client broadcasts. Does not send.
 */
import { ANY_IP4, BROADCAST_MAC, LIMITED_BROADCAST } from '../core/address.ts'
import { MAGIC_COOKIE, decodeDhcp } from '../wire/dhcp/codec.ts'
import { BOOTREQUEST, DHCP_PORT } from '../wire/dhcp/message.ts'
import { clientMac } from '../wire/dhcp/options.ts'
import type { Frame } from '../wire/frame.ts'
import { decodeFrame } from '../wire/frames.ts'
import { udpFrame } from '../wire/udp-frame.ts'

/** Throws `RangeError` for bytes that are neither. */
export const frameToSend = (bytes: Uint8Array): Frame => {
  const request = requestFrame(bytes)
  if (request) return request
  const frame = decodeFrame(bytes)
  if (frame.ok) return frame.value
  throw new RangeError(`these ${bytes.length} bytes are no Ethernet frame: ${frame.issues[0].message}`)
}

/** RFC 2131 §2: where the options of a message begin, with the magic cookie. */
const COOKIE_OFFSET = 236

const requestFrame = (bytes: Uint8Array): Frame | undefined => {
  if (bytes[0] !== BOOTREQUEST || bytes.length < COOKIE_OFFSET + 4) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(COOKIE_OFFSET) !== MAGIC_COOKIE) return undefined
  const message = decodeDhcp(bytes)
  if (!message.ok) return undefined
  return udpFrame(
    { mac: clientMac(message.value), ip: ANY_IP4, port: DHCP_PORT.client },
    { mac: BROADCAST_MAC, ip: LIMITED_BROADCAST, port: DHCP_PORT.server },
    bytes,
  )
}
