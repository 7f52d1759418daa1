/**
 * A reply as EDK2's PXE driver keeps it: a copy of its bytes, read by pointers into them, and written into by the very
 * function that reads it (PxeBcParseDhcp4Packet, E-54). What another driver, or a second reading, finds in that copy is
 * not always what was sent. Does not say which replies are kept.
 */
import { ANY_IP4, type Ip4, contains, ip4At } from '../../core/address.ts'
import { latin1Text, u16At } from '../../core/bytes.ts'
import { decodeDhcp } from '../../wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import { serverIdentity } from '../offer.ts'
import { type PxePacket, classOf } from '../pxe21/offers.ts'
import { FILE, type OptionAt, findOption, lengthAt, overloadOf } from './option-walk.ts'
import { readVendorOptions } from './vendor-walk.ts'

export interface StoredPacket extends PxePacket {
  /** As it lies in memory after it was read. */
  readonly bytes: Uint8Array
  /** Option 54, if it names somebody. */
  readonly server: Ip4 | undefined
  /** Of option 13, in blocks of 512 bytes. */
  readonly fileBlocks: number | undefined
  /** Reading it wrote into it. */
  readonly altered: boolean
  /** Reading option 43 comes to no end: the machine stands still. */
  readonly endless: boolean
}

/** The copy is copied, and read once more: another reading only where the first one has altered it. */
export const rereadPacket = (packet: StoredPacket): StoredPacket => {
  const { altered, bytes, message, source } = packet
  if (!altered) return packet
  const decoded = decodeDhcp(bytes)
  return storePacket(bytes, decoded.ok ? decoded.value : message, source)
}

/** `message` is what was sent. `bytes` is copied only where the driver writes into its copy. */
export const storePacket = (sent: Uint8Array, message: DhcpMessage, source: Ip4): StoredPacket => {
  const pxe = isPxe(sent, findOption(sent, OPTION.classIdentifier)) // E-16
  const proxy = contains(THIS_NETWORK, message.yiaddr) // E-16: the first octet decides
  const vendorAt = pxe ? findOption(sent, OPTION.vendorSpecific) : undefined
  const vendor = vendorAt === undefined ? undefined : readVendorOptions(sent, vendorAt)
  const options = typeof vendor === 'object' ? vendor : undefined
  const type = findOption(sent, OPTION.messageType)
  const blocks = findOption(sent, OPTION.bootFileSize)
  const fileBlocks = blocks !== undefined && blocks + 2 <= sent.length ? u16At(sent, blocks) : undefined
  const bootp = type === undefined || sent[type] === 0
  const server = addressAt(sent, findOption(sent, OPTION.serverIdentifier))
  const name = findOption(sent, OPTION.bootFileName)
  const bytes = name === undefined ? sent : withClosedName(sent, name)
  return {
    message,
    source,
    identity: serverIdentity(message, source),
    class: classOf({ bootp, pxe, proxy, tags: options?.tags ?? NO_TAGS }),
    proxy,
    vendor: options,
    bootFile: name === undefined ? fileField(bytes) : textAt(bytes, name),
    bytes,
    server,
    fileBlocks,
    altered: bytes !== sent,
    endless: vendor === 'endless',
  }
}

const NO_TAGS: readonly number[] = []

const THIS_NETWORK = { network: ANY_IP4, prefixLength: 8 }

const addressAt = (bytes: Uint8Array, option: OptionAt | undefined): Ip4 | undefined => {
  const address = option !== undefined && option + 4 <= bytes.length ? ip4At(bytes, option) : ANY_IP4
  return address === ANY_IP4 ? undefined : address
}

/** E-54: the byte behind the value is overwritten, if the one before it is no NUL; of an empty value, its length is. */
const withClosedName = (bytes: Uint8Array, at: OptionAt): Uint8Array => {
  const end = at + lengthAt(bytes, at)
  if (bytes[end - 1] === 0 || end >= bytes.length || bytes[end] === 0) return bytes
  const closed = bytes.slice()
  closed[end] = 0
  return closed
}

/** E-17, E-103: a C string, wherever its NUL may be. */
const textAt = (bytes: Uint8Array, at: number): string => {
  const end = bytes.indexOf(0, at)
  return latin1Text(bytes, at, end < 0 ? bytes.length : end)
}

/** E-17: the header's field, unless 52 says that options are in it. */
const fileField = (bytes: Uint8Array): string | undefined =>
  (overloadOf(bytes) & 1) !== 0 || (bytes[FILE] ?? 0) === 0 ? undefined : textAt(bytes, FILE)

const isPxe = (bytes: Uint8Array, option: OptionAt | undefined): boolean => {
  if (option === undefined || lengthAt(bytes, option) < PXE_CLIENT.length) return false
  for (let at = 0; at < PXE_CLIENT.length; at++)
    if (bytes[option + at] !== PXE_CLIENT.charCodeAt(at)) return false
  return true
}
const PXE_CLIENT = 'PXEClient'
