/**
 * Option values as users write them (in a scenario or a configuration) to bytes: by the table of option formats.
 * Does not read files and does not know option names: `optionCode` does.
 */
import { parseIp4, ip4Bytes, ANY_IP4 } from '../../core/address.ts'
import type { Ip4 } from '../../core/address.ts'
import { concat, fromHex, latin1Bytes, u16Bytes, u32Bytes } from '../../core/bytes.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import {
  type OptionFormat,
  type OptionShape,
  lengthFits,
  optionShape,
} from '../../wire/dhcp/option-formats.ts'
import { type PxeVendorOptions, encodePxeVendor } from '../../wire/pxe/vendor-options.ts'

/** Option 43 by its PXE tags; addresses as text. */
export interface PxeVendorValue {
  readonly discoveryControl?: number
  readonly multicastAddress?: string
  readonly bootServers?: readonly { readonly type: number; readonly addresses: readonly string[] }[]
  readonly bootMenu?: readonly { readonly type: number; readonly text: string }[]
  readonly prompt?: { readonly timeout: number; readonly text: string }
  readonly bootItem?: { readonly type: number; readonly layer: number }
  readonly others?: readonly { readonly tag: number; readonly hex: string }[]
  /** Default true: close the list with 255. */
  readonly end?: boolean
}

/**
 * A text for an option of structured bytes (43, 61, 82 …) and for an option without a fixed meaning is hexadecimal;
 * `{ hex }` is taken as it is for any option, so that wrong lengths can be written too.
 */
export type OptionValue =
  string | number | boolean | readonly (string | number)[] | { readonly hex: string } | PxeVendorValue

export interface OptionValueError {
  readonly error: string
}

/** RFC 3396 splits longer values; a message that holds more than this fits no datagram. */
export const MAX_OPTION_VALUE = 4096

export const encodeOptionValue = (code: number, value: OptionValue): Uint8Array | OptionValueError => {
  if (!Number.isInteger(code) || code < 1 || code > 254)
    return { error: `${code} is no option code (1 to 254)` }
  const encoded = encode(code, value)
  if (!(encoded instanceof Uint8Array)) return encoded
  if (encoded.length > MAX_OPTION_VALUE)
    return { error: `${encoded.length} bytes are over ${MAX_OPTION_VALUE}` }
  return encoded
}

const encode = (code: number, value: OptionValue): Uint8Array | OptionValueError => {
  const shape = optionShape(code)
  if (isPlain(value)) {
    if ('hex' in value) return hex(value.hex)
    return code === OPTION.vendorSpecific ? pxeVendor(value) : { error: 'an object is for option 43 only' }
  }
  const encoded = ENCODERS[shape?.format ?? 'bytes'](value)
  if (!(encoded instanceof Uint8Array)) return encoded
  return shape === undefined || lengthFits(shape, encoded.length)
    ? encoded
    : wrongLength(shape, encoded.length)
}

type Scalar = Exclude<OptionValue, { readonly hex: string } | PxeVendorValue>

const isPlain = (value: OptionValue): value is { readonly hex: string } | PxeVendorValue =>
  typeof value === 'object' && !Array.isArray(value)

const wrongLength = (shape: OptionShape, length: number): OptionValueError => {
  const { minimumLength: low, maximumLength: high } = shape
  const range = low === high ? `${low}` : high === Infinity ? `at least ${low}` : `${low} to ${high}`
  return { error: `${length} bytes; it takes ${range} (${shape.reference})` }
}

type Encoder = (value: Scalar) => Uint8Array | OptionValueError

/** One value, several, or a text with several separated by commas or spaces. */
const listed =
  (one: Encoder): Encoder =>
  value => {
    const items = Array.isArray(value) ? value : typeof value === 'string' ? value.split(SEPARATOR) : [value]
    const parts: Uint8Array[] = []
    for (const item of items as readonly (string | number)[]) {
      const encoded = one(item)
      if (!(encoded instanceof Uint8Array)) return encoded
      parts.push(encoded)
    }
    return concat(parts)
  }

const SEPARATOR = /[\s,]+/

const address: Encoder = value => {
  const ip = typeof value === 'string' ? parseIp4(value) : undefined
  return ip === undefined ? { error: `${JSON.stringify(value)} is no IPv4 address` } : ip4Bytes(ip)
}

const integer =
  (low: number, high: number, bytes: (value: number) => Uint8Array): Encoder =>
  value => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isInteger(number) && number >= low && number <= high
      ? bytes(number)
      : { error: `${JSON.stringify(value)} is no whole number from ${low} to ${high}` }
  }

const u8 = integer(0, 0xff, value => Uint8Array.of(value))
const u16 = integer(0, 0xffff, u16Bytes)
const u32 = integer(0, 0xffffffff, u32Bytes)

const truth: Encoder = value =>
  typeof value === 'boolean'
    ? Uint8Array.of(value ? 1 : 0)
    : integer(0, 1, number => Uint8Array.of(number))(value)

const text: Encoder = value =>
  typeof value === 'string' || typeof value === 'number'
    ? latin1Bytes(String(value))
    : { error: `${JSON.stringify(value)} is no text` }

/** Pairs of digits, with spaces, colons or dashes between them if wanted. */
const hex = (value: string): Uint8Array | OptionValueError => {
  const digits = value.replace(/[\s:-]/g, '')
  return /^([0-9a-f]{2})*$/i.test(digits)
    ? fromHex(digits)
    : { error: `${JSON.stringify(value)} is not hexadecimal` }
}

const bytes: Encoder = value => (typeof value === 'string' ? hex(value) : listed(u8)(value))

const ENCODERS: Readonly<Record<OptionFormat, Encoder>> = {
  ip: address,
  ips: listed(address),
  ipPairs: listed(address),
  u8,
  u8s: listed(u8),
  u16,
  u16s: listed(u16),
  u32,
  i32: integer(-0x80000000, 0x7fffffff, u32Bytes),
  bool: truth,
  text,
  bytes,
  flag: value => (value === true ? new Uint8Array(0) : { error: 'it is present or not: write true' }),
}

const pxeVendor = (value: PxeVendorValue): Uint8Array | OptionValueError => {
  const problems: string[] = []
  const ip = (text: string): Ip4 => {
    const parsed = parseIp4(text)
    if (parsed === undefined) problems.push(`${JSON.stringify(text)} is no IPv4 address`)
    return parsed ?? ANY_IP4
  }
  const others = (value.others ?? []).map(other => {
    const encoded = hex(other.hex)
    if (encoded instanceof Uint8Array) return { tag: other.tag, value: encoded }
    problems.push(encoded.error)
    return { tag: other.tag, value: new Uint8Array(0) }
  })
  const { multicastAddress, bootServers, end, ...rest } = value
  const vendor: Partial<PxeVendorOptions> = {
    ...rest,
    ...(multicastAddress !== undefined && { multicastAddress: ip(multicastAddress) }),
    ...(bootServers && {
      bootServers: bootServers.map(server => ({ type: server.type, addresses: server.addresses.map(ip) })),
    }),
    others,
  }
  const encoded = encodePxeVendor(vendor, { end: end ?? true })
  return problems[0] === undefined ? encoded : { error: problems[0] }
}
