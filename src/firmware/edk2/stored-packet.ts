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
import { FILE, type OptionAt, findOption, overloadOf } from './option-walk.ts'
import { readVendorOptions } from './vendor-walk.ts'

export interface StoredPacket extends PxePacket {
  /** As it lies in memory after it was read. */
  readonly bytes: Uint8Array
  /** Option 54, if it names somebody. */
  readonly server: Ip4 | undefined
  /** Of option 13, in blocks of 512 bytes. */
  readonly fileBlocks: number | undefined
  /** Reading option 43 comes to no end: the machine stands still. */
  readonly endless: boolean
}

/** Takes a copy; `message` is what was sent. */
export const storePacket = (bytes: Uint8Array, message: DhcpMessage, source: Ip4): StoredPacket =>
  readIn(bytes.slice(), message, source)

/** The copy is copied, and read once more. */
export const rereadPacket = ({ bytes, message, source }: StoredPacket): StoredPacket => {
  const copy = bytes.slice()
  const decoded = decodeDhcp(copy)
  return readIn(copy, decoded.ok ? decoded.value : message, source)
}

/** Writes into `bytes`. */
const readIn = (bytes: Uint8Array, message: DhcpMessage, source: Ip4): StoredPacket => {
  const pxe = isPxe(bytes, findOption(bytes, OPTION.classIdentifier)) // E-16
  const proxy = contains(THIS_NETWORK, message.yiaddr) // E-16: the first octet decides
  const vendorAt = pxe ? findOption(bytes, OPTION.vendorSpecific) : undefined
  const vendor = vendorAt && readVendorOptions(bytes, vendorAt)
  const options = typeof vendor === 'object' ? vendor : undefined
  const type = findOption(bytes, OPTION.messageType)
  const blocks = findOption(bytes, OPTION.bootFileSize)
  const fileBlocks = blocks && blocks.at + 2 <= bytes.length ? u16At(bytes, blocks.at) : undefined
  const bootp = type === undefined || bytes[type.at] === 0
  const server = addressAt(bytes, findOption(bytes, OPTION.serverIdentifier))
  const name = findOption(bytes, OPTION.bootFileName)
  if (name) closeName(bytes, name)
  return {
    message,
    source,
    identity: serverIdentity(message, source),
    class: classOf({ bootp, pxe, proxy, tags: options?.tags ?? NO_TAGS }),
    proxy,
    vendor: options,
    bootFile: name ? textAt(bytes, name.at) : fileField(bytes),
    bytes,
    server,
    fileBlocks,
    endless: vendor === 'endless',
  }
}

const NO_TAGS: readonly number[] = []

const THIS_NETWORK = { network: ANY_IP4, prefixLength: 8 }

const addressAt = (bytes: Uint8Array, option: OptionAt | undefined): Ip4 | undefined => {
  const address = option && option.at + 4 <= bytes.length ? ip4At(bytes, option.at) : ANY_IP4
  return address === ANY_IP4 ? undefined : address
}

/** E-54: the byte behind the value is overwritten, if the one before it is no NUL; of an empty value, its length is. */
const closeName = (bytes: Uint8Array, { at, length }: OptionAt): void => {
  if (bytes[at + length - 1] !== 0 && at + length < bytes.length) bytes[at + length] = 0
}

/** E-17, E-103: a C string, wherever its NUL may be. */
const textAt = (bytes: Uint8Array, at: number): string => {
  const end = bytes.indexOf(0, at)
  return latin1Text(bytes, at, end < 0 ? bytes.length : end)
}

/** E-17: the header's field, unless 52 says that options are in it. */
const fileField = (bytes: Uint8Array): string | undefined =>
  (overloadOf(bytes) & 1) !== 0 || (bytes[FILE] ?? 0) === 0 ? undefined : textAt(bytes, FILE)

const isPxe = (bytes: Uint8Array, option: OptionAt | undefined): boolean =>
  option !== undefined &&
  option.length >= PXE_CLIENT.length &&
  latin1Text(bytes, option.at, option.at + PXE_CLIENT.length) === PXE_CLIENT
const PXE_CLIENT = 'PXEClient'
