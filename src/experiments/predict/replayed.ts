/**
 * Captured DHCP messages made to fit another request: the transaction and the machine of the request, all else as it
 * was captured, faults included. Where the capture has no ACK, the offer becomes one. Does not decide who answers.
 */
import type { Reply } from '../../analysis/conversations/reply.ts'
import { macAt, writeIp4, writeMac } from '../../core/address.ts'
import { writeU16, writeU32 } from '../../core/bytes.ts'
import { decodeDhcp, encodeDhcp } from '../../wire/dhcp/codec.ts'
import { type DhcpMessage, MESSAGE_TYPE } from '../../wire/dhcp/message.ts'
import { OPTION, bootReply, ip4Option, messageTypeOption, textOption } from '../../wire/dhcp/options.ts'
import { pxeVendorOption } from '../../wire/pxe/vendor-options.ts'
import { pxeVendor } from '../../wire/pxe/vendor-readings.ts'

const XID_AT = 4
const FLAGS_AT = 10
const CIADDR_AT = 12
const YIADDR_AT = 16
const CHADDR_AT = 28
const OPTIONS_AT = 240

/** A copy of the captured bytes as an answer to `request`. */
export const answerTo = (request: DhcpMessage, payload: Uint8Array): Uint8Array => {
  const bytes = payload.slice()
  if (bytes.length < OPTIONS_AT) return bytes
  writeU32(bytes, XID_AT, request.xid)
  writeU16(bytes, FLAGS_AT, request.flags)
  writeIp4(bytes, CIADDR_AT, request.ciaddr)
  writeMac(bytes, CHADDR_AT, macAt(request.chaddr, 0))
  return bytes
}

/** The offer with the message type of an ACK; undefined if it has no type that could be changed (BOOTP). */
export const ackFrom = (request: DhcpMessage, payload: Uint8Array): Uint8Array | undefined => {
  const bytes = answerTo(request, payload)
  for (let at = OPTIONS_AT; at + 2 < bytes.length && bytes[at] !== 255;) {
    if (bytes[at] === 0) at++
    else if (bytes[at] === OPTION.messageType) {
      bytes[at + 2] = MESSAGE_TYPE.ack
      return bytes
    } else at += 2 + bytes[at + 1]!
  }
  return undefined
}

/** The ACK that this server gave for another lease, with the address of its offer. */
export const ackLike = (request: DhcpMessage, ack: Reply, offer: Reply): Uint8Array => {
  const bytes = answerTo(request, ack.payload!)
  if (bytes.length >= OPTIONS_AT) writeIp4(bytes, YIADDR_AT, offer.yiaddr)
  return bytes
}

/** What a boot server that was never asked would say: the file that it offered, as far as it named one. */
export const assumedBootServerReply = (request: DhcpMessage, offer: Reply): Uint8Array => {
  const item = bootItemOf(request)
  return encodeDhcp(
    bootReply(request, {
      ciaddr: request.ciaddr,
      siaddr: offer.tftpServer || offer.server,
      file: offer.file ?? UNKNOWN_FILE,
      options: [
        messageTypeOption('ack'),
        ip4Option(OPTION.serverIdentifier, offer.server),
        textOption(OPTION.classIdentifier, 'PXEClient'),
        ...(item ? [pxeVendorOption({ bootItem: item })] : []),
      ],
    }),
  )
}

/** Named by port 4011, and port 4011 was not asked. */
export const UNKNOWN_FILE = '(not in the capture)'

export const decodedOf = (payload: Uint8Array): DhcpMessage | undefined => {
  const result = decodeDhcp(payload)
  return result.ok ? result.value : undefined
}

export const bootItemOf = (request: DhcpMessage) => {
  const vendor = pxeVendor(request)
  return vendor?.ok ? vendor.value.bootItem : undefined
}
