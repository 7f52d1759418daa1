/**
 * Option 43 as PXE fills it (PXE 2.1 §2.2.3, table 2-1 ff.): bytes <-> values, and the readings by which clients
 * differ when a message carries several END-closed instances. Does not decide what a client does with them.
 */
import { type Ip4, ip4At, writeIp4 } from '../../core/address.ts'
import { latin1Bytes, latin1Text, u16At, u16Bytes, writeU16 } from '../../core/bytes.ts'
import { decoded, type Decoded, type Issue } from '../../core/decoded.ts'
import type { DhcpOption } from '../dhcp/message.ts'
import { END, OPTION, PAD } from '../dhcp/option-codes.ts'

export const PXE_TAG = {
  mtftpAddress: 1,
  mtftpClientPort: 2,
  mtftpServerPort: 3,
  mtftpTimeout: 4,
  mtftpDelay: 5,
  discoveryControl: 6,
  discoveryMulticastAddress: 7,
  bootServers: 8,
  bootMenu: 9,
  menuPrompt: 10,
  bootItem: 71,
} as const

/** Bits of 43.6 (B-18). */
export const DISCOVERY_CONTROL = {
  noBroadcast: 1,
  noMulticast: 2,
  listedServersOnly: 4,
  bootFileAtOnce: 8,
} as const

export interface BootServerEntry {
  readonly type: number
  /** Empty = any server of this type may answer (B-19). */
  readonly addresses: readonly Ip4[]
}

export interface BootMenuEntry {
  readonly type: number
  readonly text: string
}

export interface PxeVendorOptions {
  readonly discoveryControl?: number
  readonly multicastAddress?: Ip4
  readonly bootServers?: readonly BootServerEntry[]
  readonly bootMenu?: readonly BootMenuEntry[]
  /** `timeout` in seconds; 0 = first entry at once, 255 = wait without limit. */
  readonly prompt?: { readonly timeout: number; readonly text: string }
  /** The most significant bit of `layer` asks for credentials. */
  readonly bootItem?: { readonly type: number; readonly layer: number }
  /** Tags without a field above: MTFTP 1-5, the private 224 of old engines, and anything unknown. */
  readonly others: readonly { readonly tag: number; readonly value: Uint8Array }[]
  /** All tags present, in order, repetitions included. */
  readonly tags: readonly number[]
  readonly ended: boolean
}

const PXE = 'PXE 2.1 §2.2.3'
const NO_ISSUES: readonly Issue[] = []

type Fields = { -readonly [K in keyof PxeVendorOptions]: PxeVendorOptions[K] } & {
  others: { readonly tag: number; readonly value: Uint8Array }[]
  tags: number[]
}

/** Reads up to the first END (RFC 2132 §8.4). A tag that occurs twice: the last one counts, lists are joined. */
export const decodePxeVendor = (bytes: Uint8Array): Decoded<PxeVendorOptions> => {
  const fields: Fields = { others: [], tags: [], ended: false }
  let issues: Issue[] | undefined
  const report = (code: string, offset: number, message: string) => {
    issues ??= []
    issues.push({ code, severity: 'violation', offset, message, reference: PXE })
  }
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at]!
    if (tag === PAD) {
      at++
      continue
    }
    if (tag === END) {
      fields.ended = true
      break
    }
    const length = at + 1 < bytes.length ? bytes[at + 1]! : -1
    if (length < 0 || at + 2 + length > bytes.length) {
      report('pxe.tag.truncated', at, `tag ${tag} runs past the end`)
      break
    }
    fields.tags.push(tag)
    if (!readTag(fields, tag, bytes.subarray(at + 2, at + 2 + length)))
      report('pxe.tag.malformed', at, `tag ${tag} of length ${length} is malformed`)
    at += 2 + length
  }
  // RFC 2132 §8.4 lets END be left out; the PXE text and strict clients do not (seen in the field: NBS-6).
  if (!fields.ended) report('pxe.vendor.unended', bytes.length, 'no END after the vendor options')
  return decoded(fields, issues ?? NO_ISSUES)
}

/** False if the value does not have the tag's form; what could be read of it is kept. */
const readTag = (fields: Fields, tag: number, value: Uint8Array): boolean => {
  switch (tag) {
    case PXE_TAG.discoveryControl:
      if (value.length > 0) fields.discoveryControl = value[0]!
      return value.length === 1
    case PXE_TAG.discoveryMulticastAddress:
      if (value.length >= 4) fields.multicastAddress = ip4At(value, 0)
      return value.length === 4
    case PXE_TAG.bootServers:
      return readBootServers(fields, value)
    case PXE_TAG.bootMenu:
      return readBootMenu(fields, value)
    case PXE_TAG.menuPrompt:
      if (value.length > 0) fields.prompt = { timeout: value[0]!, text: latin1Text(value, 1) }
      return value.length > 0
    case PXE_TAG.bootItem:
      if (value.length >= 4) fields.bootItem = { type: u16At(value, 0), layer: u16At(value, 2) }
      return value.length === 4
    default:
      fields.others.push({ tag, value })
      return true
  }
}

/** type(2) count(1) addresses(4 × count), repeated. */
const readBootServers = (fields: Fields, value: Uint8Array): boolean => {
  const entries = fields.bootServers ? [...fields.bootServers] : []
  let at = 0
  while (at + 3 <= value.length && at + 3 + 4 * value[at + 2]! <= value.length) {
    const addresses: Ip4[] = []
    for (let i = 0; i < value[at + 2]!; i++) addresses.push(ip4At(value, at + 3 + 4 * i))
    entries.push({ type: u16At(value, at), addresses })
    at += 3 + 4 * addresses.length
  }
  fields.bootServers = entries
  return at === value.length
}

/** type(2) length(1) text, repeated. */
const readBootMenu = (fields: Fields, value: Uint8Array): boolean => {
  const entries = fields.bootMenu ? [...fields.bootMenu] : []
  let at = 0
  while (at + 3 <= value.length && at + 3 + value[at + 2]! <= value.length) {
    const end = at + 3 + value[at + 2]!
    entries.push({ type: u16At(value, at), text: latin1Text(value, at + 3, end) })
    at = end
  }
  fields.bootMenu = entries
  return at === value.length
}

/**
 * In the order of `tags` if that is given (each tag once), else by tag number with `others` last. A list of over
 * 255 bytes continues in a second instance of its tag, cut between entries.
 */
export const encodePxeVendor = (
  vendor: Partial<PxeVendorOptions>,
  { end = true }: { readonly end?: boolean } = {},
): Uint8Array => {
  const parts: number[] = []
  const written = new Set<number>()
  for (const tag of [...(vendor.tags ?? []), ...KNOWN_TAGS]) {
    if (written.has(tag)) continue
    written.add(tag)
    for (const value of valuesOf(vendor, tag)) append(parts, tag, value)
  }
  for (const { tag, value } of vendor.others ?? []) if (!written.has(tag)) append(parts, tag, value)
  if (end) parts.push(END)
  return Uint8Array.from(parts)
}

const KNOWN_TAGS: readonly number[] = [
  PXE_TAG.discoveryControl,
  PXE_TAG.discoveryMulticastAddress,
  PXE_TAG.bootServers,
  PXE_TAG.bootMenu,
  PXE_TAG.menuPrompt,
  PXE_TAG.bootItem,
]

const append = (parts: number[], tag: number, value: ArrayLike<number>): void => {
  const length = Math.min(255, value.length)
  parts.push(tag, length)
  for (let i = 0; i < length; i++) parts.push(value[i]!)
}

const valuesOf = (vendor: Partial<PxeVendorOptions>, tag: number): readonly ArrayLike<number>[] => {
  switch (tag) {
    case PXE_TAG.discoveryControl:
      return vendor.discoveryControl === undefined ? [] : [[vendor.discoveryControl]]
    case PXE_TAG.discoveryMulticastAddress:
      return vendor.multicastAddress === undefined ? [] : [addressBytes([vendor.multicastAddress])]
    case PXE_TAG.bootServers:
      return cutBetween(vendor.bootServers?.map(bootServerBytes))
    case PXE_TAG.bootMenu:
      return cutBetween(vendor.bootMenu?.map(bootMenuBytes))
    case PXE_TAG.menuPrompt:
      return vendor.prompt ? [[vendor.prompt.timeout, ...latin1Bytes(vendor.prompt.text)]] : []
    case PXE_TAG.bootItem:
      return vendor.bootItem ? [[...u16Bytes(vendor.bootItem.type), ...u16Bytes(vendor.bootItem.layer)]] : []
    default:
      return (vendor.others ?? []).filter(other => other.tag === tag).map(other => other.value)
  }
}

/** As many as one tag can hold: 3 + 63 × 4 = 255. */
const MAX_ADDRESSES = 63
/** Bytes of a menu entry: an option of 255 bytes, less type and length. */
const MAX_MENU_TEXT = 252

const addressBytes = (addresses: readonly Ip4[]): Uint8Array => {
  const bytes = new Uint8Array(4 * addresses.length)
  addresses.forEach((address, i) => writeIp4(bytes, 4 * i, address))
  return bytes
}

const bootServerBytes = (entry: BootServerEntry): Uint8Array => {
  const addresses = addressBytes(entry.addresses.slice(0, MAX_ADDRESSES))
  return withHeader(entry.type, addresses.length / 4, addresses)
}

const bootMenuBytes = (entry: BootMenuEntry): Uint8Array => {
  const text = latin1Bytes(entry.text.slice(0, MAX_MENU_TEXT))
  return withHeader(entry.type, text.length, text)
}

const withHeader = (type: number, count: number, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(3 + body.length)
  writeU16(bytes, 0, type)
  bytes[2] = count
  bytes.set(body, 3)
  return bytes
}

const cutBetween = (entries: readonly Uint8Array[] | undefined): readonly ArrayLike<number>[] => {
  if (!entries) return []
  const values: number[][] = [[]]
  for (const entry of entries) {
    if (values.at(-1)!.length + entry.length > 255) values.push([])
    values.at(-1)!.push(...entry)
  }
  return values
}

export const pxeVendorOption = (
  vendor: Partial<PxeVendorOptions>,
  encoding?: { readonly end?: boolean },
): DhcpOption => ({ code: OPTION.vendorSpecific, value: encodePxeVendor(vendor, encoding) })
