/**
 * IPv4 and MAC addresses as numbers, so that they are cheap map keys. Does not do IPv6.
 */

declare const ip4: unique symbol
declare const mac: unique symbol
/** An IPv4 address as an unsigned 32-bit integer: 10.0.0.1 is 0x0a000001. */
export type Ip4 = number & { readonly [ip4]: true }
/** An EUI-48 as an unsigned 48-bit integer. */
export type Mac = number & { readonly [mac]: true }

export interface Cidr {
  readonly network: Ip4
  readonly prefixLength: number
}

/** An address and a UDP port. */
export interface Endpoint {
  readonly ip: Ip4
  readonly port: number
}

export const toIp4 = (value: number): Ip4 => (value >>> 0) as Ip4
export const toMac = (value: number): Mac => value as Mac

export const ANY_IP4 = toIp4(0)
export const LIMITED_BROADCAST = toIp4(0xffffffff)
export const BROADCAST_MAC = toMac(0xffffffffffff)

export const parseIp4 = (text: string): Ip4 | undefined => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (!parts) return undefined
  const octets = parts.slice(1).map(Number)
  return octets.every(o => o <= 255) ? toIp4(octets.reduce((sum, o) => sum * 256 + o, 0)) : undefined
}

export const formatIp4 = (ip: Ip4): string =>
  `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`

export const ip4At = (bytes: Uint8Array, offset: number): Ip4 =>
  (((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>>
    0) as Ip4

export const ip4Bytes = (ip: Ip4): Uint8Array =>
  Uint8Array.of(ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255)

/** Accepts `00:50:56:00:00:01` and the same with dashes. */
export const parseMac = (text: string): Mac | undefined =>
  /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text) ? toMac(parseInt(text.replace(/[:-]/g, ''), 16)) : undefined

export const formatMac = (address: Mac): string =>
  address
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?=.)/g, '$1:')

export const macAt = (bytes: Uint8Array, offset: number): Mac =>
  (((bytes[offset]! << 8) | bytes[offset + 1]!) * 0x100000000 + ip4At(bytes, offset + 2)) as Mac

export const macBytes = (address: Mac): Uint8Array => {
  const bytes = new Uint8Array(6)
  writeMac(bytes, 0, address)
  return bytes
}

export const writeMac = (bytes: Uint8Array, offset: number, address: Mac): void => {
  const high = Math.floor(address / 0x100000000)
  bytes[offset] = high >>> 8
  bytes[offset + 1] = high & 255
  writeIp4(bytes, offset + 2, toIp4(address % 0x100000000))
}

export const writeIp4 = (bytes: Uint8Array, offset: number, ip: Ip4): void => {
  bytes[offset] = ip >>> 24
  bytes[offset + 1] = (ip >>> 16) & 255
  bytes[offset + 2] = (ip >>> 8) & 255
  bytes[offset + 3] = ip & 255
}

/** `10.20.1.0/24`; undefined if it is no CIDR or has host bits set. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [address, length, ...rest] = text.split('/')
  const network = parseIp4(address ?? '')
  if (network === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length ?? '')) return undefined
  const prefixLength = Number(length)
  if (prefixLength > 32 || networkOf(network, prefixLength) !== network) return undefined
  return { network, prefixLength }
}

export const formatCidr = (cidr: Cidr): string => `${formatIp4(cidr.network)}/${cidr.prefixLength}`
export const netmask = (prefixLength: number): Ip4 =>
  toIp4(prefixLength === 0 ? 0 : 0xffffffff << (32 - prefixLength))
export const networkOf = (ip: Ip4, prefixLength: number): Ip4 => toIp4(ip & netmask(prefixLength))
export const directedBroadcast = (cidr: Cidr): Ip4 => toIp4(cidr.network | ~netmask(cidr.prefixLength))
export const contains = (cidr: Cidr, ip: Ip4): boolean => networkOf(ip, cidr.prefixLength) === cidr.network
/** RFC 5771: 224.0.0.0/4. */
export const isMulticast = (ip: Ip4): boolean => ip >>> 28 === 0xe
/** RFC 1112 §6.4: 01:00:5e and the low 23 bits of the group. */
export const multicastMac = (group: Ip4): Mac => toMac(0x01005e000000 + (group & 0x7fffff))
export const isGroupMac = (address: Mac): boolean => Math.floor(address / 0x10000000000) % 2 === 1
export const formatEndpoint = (endpoint: Endpoint): string => `${formatIp4(endpoint.ip)}:${endpoint.port}`
