/**
 * A DHCP message as iPXE reads it (net/dhcppkt.c): leniently, the first instance of an option, header fields before
 * the options of the same meaning, encapsulated options by their tag. Does not judge whether it is wanted.
 */
import {
  type Endpoint,
  type Ip4,
  ANY_IP4,
  classMask,
  ip4At,
  netmask,
  prefixLengthOf,
} from '../../core/address.ts'
import { latin1Text } from '../../core/bytes.ts'
import type { Address } from '../../network/port.ts'
import { type DhcpMessage, type MessageType, MESSAGE_TYPE } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/options.ts'
import { DHCP } from '../../wire/layout.ts'
import { findOption, findSubOption } from './option-search.ts'
import type { IpxeProfile } from './profile.ts'

export interface Reply {
  /** As they came. */
  readonly bytes: Uint8Array
  /** I-27. */
  readonly overrun: number
  readonly yiaddr: Ip4
  readonly siaddr: Ip4
  readonly source: Endpoint
  /** Option 53 as a number; 0 = BOOTP. */
  readonly type: number
  /** Option 54, or 0.0.0.0. */
  readonly serverId: Ip4
  /** I-6: option 54, else siaddr, else the source address. */
  readonly pseudoId: Ip4
}

export const readReply = (
  bytes: Uint8Array,
  { yiaddr, siaddr }: DhcpMessage,
  source: Endpoint,
  { subOptionOverrun: overrun }: Pick<IpxeProfile, 'subOptionOverrun'>,
): Reply => {
  const serverId = ip4Of(findOption(bytes, OPTION.serverIdentifier))
  const type = firstByte(findOption(bytes, OPTION.messageType))
  const pseudoId = serverId || siaddr || source.ip
  return { bytes, overrun, yiaddr, siaddr, source, type, serverId, pseudoId }
}

export const isType = (reply: Reply, type: MessageType): boolean => reply.type === MESSAGE_TYPE[type]

/** I-14: option 52 is not supported, so options that stand in `file` or `sname` do not exist. */
export const optionOf = ({ bytes }: Reply, code: number): Uint8Array | undefined => findOption(bytes, code)

/**
 * I-14: the header field `file` before option 67, and as it stands, even where option 52 has put options into it. An
 * empty option 67 is a name too, an empty one.
 */
export const fileNameOf = (reply: Reply): string | undefined => {
  const value = fileNameBytes(reply)
  return value && latin1Text(value) // a C string
}

const fileNameBytes = ({ bytes }: Reply): Uint8Array | undefined => {
  const field = bytes.subarray(DHCP.file, DHCP.cookie)
  const end = field.indexOf(0)
  return end === 0 ? findOption(bytes, OPTION.bootFileName) : end < 0 ? field : field.subarray(0, end)
}

export const firstByte = (value: Uint8Array | undefined): number => value?.[0] ?? 0
export const ip4Of = (value: Uint8Array | undefined): Ip4 =>
  value && value.length >= 4 ? ip4At(value, 0) : ANY_IP4

/** The address of the ACK, under the mask of its class where it names none. I-29: its router may be on no link. */
export const stationAddress = (ack: Reply): Address => {
  const mask = ip4Of(optionOf(ack, OPTION.subnetMask)) || classMask(ack.yiaddr)
  const prefixLength = prefixLengthOf(mask)
  const router = ip4Of(optionOf(ack, OPTION.router))
  return {
    ip: ack.yiaddr,
    prefixLength,
    ...(mask !== netmask(prefixLength) && { mask }),
    ...(router !== ANY_IP4 && { router, routerOffLink: true as const }),
  }
}

/** Option 175. */
const IPXE_TAG = { priority: 1, noProxyDhcp: 176 } as const

/** 175.1, signed (I-5). */
export const priorityOf = ({ bytes, overrun }: Reply): number =>
  (firstByte(findSubOption(bytes, OPTION.ipxeEncapsulated, IPXE_TAG.priority, overrun)) << 24) >> 24

/** 175.176 (I-7). */
export const forbidsProxy = ({ bytes, overrun }: Reply): boolean =>
  firstByte(findSubOption(bytes, OPTION.ipxeEncapsulated, IPXE_TAG.noProxyDhcp, overrun)) !== 0

/** 43.6 … 43.10, whatever option 60 says: iPXE looks at that elsewhere. */
export const pxeTagOf = ({ bytes, overrun }: Reply, tag: number): Uint8Array | undefined =>
  findSubOption(bytes, OPTION.vendorSpecific, tag, overrun)

/** I-6, I-12. */
export const isPxeClient = (reply: Reply): boolean => {
  const value = optionOf(reply, OPTION.classIdentifier)
  return value !== undefined && latin1Text(value.subarray(0, PXE_CLIENT.length)) === PXE_CLIENT
}
const PXE_CLIENT = 'PXEClient'

/** I-11: what makes a request to 4011 needless. */
export const hasBootData = (reply: Reply, menuTag: number): boolean =>
  (reply.siaddr !== ANY_IP4 && (fileNameBytes(reply)?.length ?? 0) > 0) ||
  (pxeTagOf(reply, menuTag)?.length ?? 0) > 0
