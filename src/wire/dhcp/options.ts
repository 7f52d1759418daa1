/**
 * DHCP options: the codes by name, typed views of a message's option list, and builders of options and messages.
 * A view never changes the list; where firmware differs on which of several instances counts, it chooses the view
 * (`first`, `all`, `concatenated`). Does not know what a value must look like: `option-formats.ts` does.
 */
import { type Ip4, type Mac, ip4At, macAt, toIp4, writeIp4, writeMac } from '../../core/address.ts'
import { concat, latin1Bytes, latin1Text, u16At, u16Bytes, u32At, u32Bytes } from '../../core/bytes.ts'
import { BOOTREPLY, BOOTREQUEST, MESSAGE_TYPE } from './message.ts'
import type { DhcpMessage, DhcpOption, MessageType } from './message.ts'
import { OPTION } from './option-codes.ts'

export { OPTION, optionCode, optionName } from './option-codes.ts'

/** The first instance, as EDK2 reads it (E-17). */
export const first = (message: DhcpMessage, code: number): Uint8Array | undefined => {
  const options = message.options
  for (let i = 0; i < options.length; i++) if (options[i]!.code === code) return options[i]!.value
  return undefined
}

/** Every instance, in the order of the message. */
export const all = (message: DhcpMessage, code: number): Uint8Array[] => {
  const values: Uint8Array[] = []
  for (const option of message.options) if (option.code === code) values.push(option.value)
  return values
}

/** All instances joined (RFC 3396 §7). */
export const concatenated = (message: DhcpMessage, code: number): Uint8Array | undefined => {
  const values = all(message, code)
  return values.length < 2 ? values[0] : concat(values)
}

const TYPE_NAMES: readonly (MessageType | undefined)[] = (() => {
  const names: (MessageType | undefined)[] = []
  for (const [name, number] of Object.entries(MESSAGE_TYPE)) names[number] = name as MessageType
  return Array.from(names)
})()

/** RFC 2132 §9.6; undefined for BOOTP and for types this project does not know. */
export const messageType = (message: DhcpMessage): MessageType | undefined => {
  const value = first(message, OPTION.messageType)
  return value?.length === 1 ? TYPE_NAMES[value[0]!] : undefined
}

const ip4Of = (message: DhcpMessage, code: number): Ip4 | undefined => {
  const value = first(message, code)
  return value !== undefined && value.length >= 4 ? ip4At(value, 0) : undefined
}

const ip4sOf = (message: DhcpMessage, code: number): Ip4[] => {
  const value = concatenated(message, code)
  const addresses: Ip4[] = []
  if (value) for (let at = 0; at + 4 <= value.length; at += 4) addresses.push(ip4At(value, at))
  return addresses
}

const textOf = (message: DhcpMessage, code: number): string | undefined => {
  const value = concatenated(message, code)
  return value && latin1Text(value)
}

/** RFC 2132 §9.7. */
export const serverIdentifier = (message: DhcpMessage) => ip4Of(message, OPTION.serverIdentifier)
/** RFC 2132 §9.1. */
export const requestedIpAddress = (message: DhcpMessage) => ip4Of(message, OPTION.requestedIpAddress)
/** RFC 2132 §3.3. */
export const subnetMask = (message: DhcpMessage) => ip4Of(message, OPTION.subnetMask)
/** RFC 2132 §3.5. */
export const routers = (message: DhcpMessage) => ip4sOf(message, OPTION.router)
/** RFC 2132 §9.13. */
export const classIdentifier = (message: DhcpMessage) => textOf(message, OPTION.classIdentifier)
/** RFC 2132 §9.5: option 67, not the header field `file`. */
export const bootFileName = (message: DhcpMessage) => textOf(message, OPTION.bootFileName)
/** RFC 2132 §9.9: why a NAK or a DECLINE was sent. */
export const errorMessage = (message: DhcpMessage) => textOf(message, OPTION.message)
/** RFC 2132 §9.4: option 66, not the header field `sname`. */
export const tftpServerName = (message: DhcpMessage) => textOf(message, OPTION.tftpServerName)

/** RFC 2132 §9.8. */
export const parameterRequestList = (message: DhcpMessage): number[] => {
  const value = concatenated(message, OPTION.parameterRequestList)
  return value ? Array.from(value) : []
}

/** RFC 2132 §9.2, in seconds. */
export const leaseTimeSeconds = (message: DhcpMessage): number | undefined => {
  const value = first(message, OPTION.leaseTime)
  return value?.length === 4 ? u32At(value, 0) : undefined
}

/** RFC 2132 §9.10. */
export const maximumMessageSize = (message: DhcpMessage): number | undefined => {
  const value = first(message, OPTION.maximumMessageSize)
  return value?.length === 2 ? u16At(value, 0) : undefined
}

/** The first six bytes of chaddr, whatever hlen says. */
export const clientMac = (message: DhcpMessage): Mac => macAt(message.chaddr, 0)

/** A chaddr field for an Ethernet address. */
export const chaddrOf = (mac: Mac): Uint8Array => {
  const chaddr = new Uint8Array(16)
  writeMac(chaddr, 0, mac)
  return chaddr
}

export const bytesOption = (code: number, value: Uint8Array): DhcpOption => ({ code, value })
export const textOption = (code: number, text: string): DhcpOption => ({ code, value: latin1Bytes(text) })
export const u8Option = (code: number, value: number): DhcpOption => ({ code, value: Uint8Array.of(value) })
export const u16Option = (code: number, value: number): DhcpOption => ({ code, value: u16Bytes(value) })
export const u32Option = (code: number, value: number): DhcpOption => ({ code, value: u32Bytes(value) })

export const ip4Option = (code: number, ...addresses: readonly Ip4[]): DhcpOption => {
  const value = new Uint8Array(4 * addresses.length)
  for (let i = 0; i < addresses.length; i++) writeIp4(value, 4 * i, addresses[i]!)
  return { code, value }
}

const TYPE_OPTIONS: readonly DhcpOption[] = TYPE_NAMES.map((_, number) =>
  u8Option(OPTION.messageType, number),
)
export const messageTypeOption = (type: MessageType): DhcpOption => TYPE_OPTIONS[MESSAGE_TYPE[type]]!

const NO_ADDRESS = toIp4(0)
const NO_CHADDR = new Uint8Array(16)
const NO_OPTIONS: readonly DhcpOption[] = []

/** A BOOTREQUEST on Ethernet; everything not given is zero or empty. */
export const bootRequest = (fields: Partial<DhcpMessage>): DhcpMessage => ({
  op: fields.op ?? BOOTREQUEST,
  htype: fields.htype ?? 1,
  hlen: fields.hlen ?? 6,
  hops: fields.hops ?? 0,
  xid: fields.xid ?? 0,
  secs: fields.secs ?? 0,
  flags: fields.flags ?? 0,
  ciaddr: fields.ciaddr ?? NO_ADDRESS,
  yiaddr: fields.yiaddr ?? NO_ADDRESS,
  siaddr: fields.siaddr ?? NO_ADDRESS,
  giaddr: fields.giaddr ?? NO_ADDRESS,
  chaddr: fields.chaddr ?? NO_CHADDR,
  sname: fields.sname ?? '',
  file: fields.file ?? '',
  options: fields.options ?? NO_OPTIONS,
  ended: fields.ended ?? true,
})

/** A BOOTREPLY with what a reply must copy (RFC 2131 §4.3.1 table 3); `fields` overrides. */
export const bootReply = (request: DhcpMessage, fields: Partial<DhcpMessage>): DhcpMessage => ({
  op: fields.op ?? BOOTREPLY,
  htype: fields.htype ?? request.htype,
  hlen: fields.hlen ?? request.hlen,
  hops: fields.hops ?? 0,
  xid: fields.xid ?? request.xid,
  secs: fields.secs ?? 0,
  flags: fields.flags ?? request.flags,
  ciaddr: fields.ciaddr ?? NO_ADDRESS,
  yiaddr: fields.yiaddr ?? NO_ADDRESS,
  siaddr: fields.siaddr ?? NO_ADDRESS,
  giaddr: fields.giaddr ?? request.giaddr,
  chaddr: fields.chaddr ?? request.chaddr,
  sname: fields.sname ?? '',
  file: fields.file ?? '',
  options: fields.options ?? NO_OPTIONS,
  ended: fields.ended ?? true,
})
