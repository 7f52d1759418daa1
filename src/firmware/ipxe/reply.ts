/**
 * A DHCP message as iPXE reads it (net/dhcppkt.c): leniently, the first instance of an option, header fields before
 * the options of the same meaning, encapsulated options by their tag. Does not judge whether it is wanted.
 * Not modelled: with option overload (52), which iPXE ignores (I-14), it would take the overloaded bytes for a name.
 */
import { type Endpoint, type Ip4, ANY_IP4, ip4At } from '../../core/address.ts'
import { type DhcpMessage, type MessageType, MESSAGE_TYPE } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/options.ts'
import { isPxeClient } from '../../wire/pxe/client.ts'
import { nameIn } from '../offer.ts'

export interface Reply {
  readonly message: DhcpMessage
  readonly source: Endpoint
  /** Option 53 as a number; 0 = BOOTP. */
  readonly type: number
  /** Option 54, or 0.0.0.0. */
  readonly serverId: Ip4
  /** I-6: option 54, else siaddr, else the source address. */
  readonly pseudoId: Ip4
}

export const readReply = (message: DhcpMessage, source: Endpoint): Reply => {
  const serverId = ip4Of(optionOf(message, OPTION.serverIdentifier))
  return {
    message,
    source,
    type: firstByte(optionOf(message, OPTION.messageType)),
    serverId,
    pseudoId: serverId || message.siaddr || source.ip,
  }
}

export const isType = (reply: Reply, type: MessageType): boolean => reply.type === MESSAGE_TYPE[type]

/** I-14: option 52 is not supported, so options that stand in `file` or `sname` do not exist. */
export const optionOf = (message: DhcpMessage, code: number): Uint8Array | undefined => {
  for (const option of message.options)
    if (option.code === code && (option.area === undefined || option.area === 'options')) return option.value
  return undefined
}

/** I-14: the header field `file` before option 67. An empty option 67 is a name too, an empty one. */
export const fileNameOf = (message: DhcpMessage): string | undefined => {
  if (message.file !== '') return message.file
  const value = optionOf(message, OPTION.bootFileName)
  return value && nameIn(value)
}

const PAD = 0
const END = 255

/** The value of an encapsulated option: of PXE's in 43, of iPXE's in 175. */
export const subOptionOf = (message: DhcpMessage, code: number, tag: number): Uint8Array | undefined => {
  const bytes = optionOf(message, code)
  if (!bytes) return undefined
  let at = 0
  while (at < bytes.length && bytes[at] !== END) {
    if (bytes[at] === PAD) {
      at++
      continue
    }
    const end = at + 2 + (bytes[at + 1] ?? 0)
    if (end > bytes.length) return undefined
    if (bytes[at] === tag) return bytes.subarray(at + 2, end)
    at = end
  }
  return undefined
}

export const firstByte = (value: Uint8Array | undefined): number => value?.[0] ?? 0
export const ip4Of = (value: Uint8Array | undefined): Ip4 =>
  value && value.length >= 4 ? ip4At(value, 0) : ANY_IP4

/** Option 175. */
const IPXE_TAG = { priority: 1, noProxyDhcp: 176 } as const

/** 175.1, signed (I-5). */
export const priorityOf = (message: DhcpMessage): number =>
  (firstByte(subOptionOf(message, OPTION.ipxeEncapsulated, IPXE_TAG.priority)) << 24) >> 24

/** 175.176 (I-7). */
export const forbidsProxy = (message: DhcpMessage): boolean =>
  firstByte(subOptionOf(message, OPTION.ipxeEncapsulated, IPXE_TAG.noProxyDhcp)) !== 0

/** 43.6 … 43.10, whatever option 60 says: iPXE looks at that elsewhere. */
export const pxeTagOf = (message: DhcpMessage, tag: number): Uint8Array | undefined =>
  subOptionOf(message, OPTION.vendorSpecific, tag)

/** I-11: what makes a request to 4011 needless. */
export const hasBootData = (message: DhcpMessage, menuTag: number): boolean =>
  (message.siaddr !== ANY_IP4 && (fileNameOf(message) ?? '') !== '') ||
  (pxeTagOf(message, menuTag)?.length ?? 0) > 0

export { isPxeClient }
