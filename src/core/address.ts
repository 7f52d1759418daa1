/**
 * IP and MAC addresses as values that are cheap map keys: `===`, Map, Set and switch work on all of them. At run time
 * an IPv4 address is an unsigned 32-bit integer and an IPv6 address a string of its 16 bytes, so that `typeof` tells
 * them apart. To the compiler both are opaque: arithmetic on addresses is done here, and nowhere else.
 */

declare const ip4: unique symbol
declare const mac: unique symbol
/** An IPv4 address: 10.0.0.1 is the unsigned 32-bit integer 0x0a000001 (`ip4Number`). */
export interface Ip4 {
  readonly [ip4]: true
}
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

/** Of the low 32 bits. */
export const toIp4 = (value: number): Ip4 => (value >>> 0) as unknown as Ip4
/** As a signed number of 32 bits: a map keyed by it need not box its keys. */
export const ip4Key = (ip: Ip4): number => ip4Number(ip) | 0
/** Unsigned, 32 bits. */
export const ip4Number = (ip: Ip4): number => ip as unknown as number
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

export const formatIp4 = (ip: Ip4): string => {
  const bits = ip4Number(ip)
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`
}

export const ip4At = (bytes: Uint8Array, offset: number): Ip4 =>
  toIp4((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!)

export const ip4Bytes = (ip: Ip4): Uint8Array => {
  const bytes = new Uint8Array(4)
  writeIp4(bytes, 0, ip)
  return bytes
}

/** Accepts `00:50:56:00:00:01` and the same with dashes. */
export const parseMac = (text: string): Mac | undefined =>
  /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text) ? toMac(parseInt(text.replace(/[:-]/g, ''), 16)) : undefined

export const formatMac = (address: Mac): string =>
  address
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?=.)/g, '$1:')

export const macAt = (bytes: Uint8Array, offset: number): Mac =>
  (((bytes[offset]! << 8) | bytes[offset + 1]!) * 0x100000000 + ip4Number(ip4At(bytes, offset + 2))) as Mac

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
  const bits = ip4Number(ip)
  bytes[offset] = bits >>> 24
  bytes[offset + 1] = (bits >>> 16) & 255
  bytes[offset + 2] = (bits >>> 8) & 255
  bytes[offset + 3] = bits & 255
}

/** The sum of its two 16-bit words, for the checksum of a pseudo header. */
export const ip4Words = (ip: Ip4): number => {
  const bits = ip4Number(ip)
  return (bits >>> 16) + (bits & 0xffff)
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
/** Of the leading ones; what follows the first zero is not looked at. */
export const prefixLengthOf = (mask: Ip4): number => Math.clz32(~ip4Number(mask))
/** RFC 791 §2.3: the mask of the address class. */
export const classMask = (ip: Ip4): Ip4 => {
  const first = ip4Number(ip) >>> 24
  return netmask(first < 128 ? 8 : first < 192 ? 16 : 24)
}
export const maskedBy = (ip: Ip4, mask: Ip4): Ip4 => toIp4(ip4Number(ip) & ip4Number(mask))
export const networkOf = (ip: Ip4, prefixLength: number): Ip4 => maskedBy(ip, netmask(prefixLength))
export const directedBroadcast = (cidr: Cidr): Ip4 =>
  toIp4(ip4Number(cidr.network) | ~ip4Number(netmask(cidr.prefixLength)))
/** What an address of this network is. RFC 3021: in networks of one or two addresses each is a host's. */
export const roleIn = (cidr: Cidr, ip: Ip4): 'host' | 'network' | 'broadcast' => {
  if (cidr.prefixLength >= 31) return 'host'
  if (ip === cidr.network) return 'network'
  return ip === directedBroadcast(cidr) ? 'broadcast' : 'host'
}
/** The network of `cidr` with the host part of `ip`. */
export const withHostPart = (cidr: Cidr, ip: Ip4): Ip4 =>
  toIp4(ip4Number(cidr.network) | (ip4Number(ip) & ~ip4Number(netmask(cidr.prefixLength))))
export const contains = (cidr: Cidr, ip: Ip4): boolean => networkOf(ip, cidr.prefixLength) === cidr.network
/** Order by value, for `sort`. */
export const compareIp4 = (a: Ip4, b: Ip4): number => ip4Number(a) - ip4Number(b)
/** The same for any two addresses of one kind. */
export const compareAddresses = <T extends Ip4 | Mac>(a: T, b: T): number => Number(a) - Number(b)
/** The address `by` after `ip` (before it, if negative). */
export const ip4After = (ip: Ip4, by = 1): Ip4 => toIp4(ip4Number(ip) + by)
/** How far `ip` lies behind `first`. */
export const ip4Distance = (first: Ip4, ip: Ip4): number => ip4Number(ip) - ip4Number(first)
/** Both ends belong to the range. */
export const isWithin = (ip: Ip4, first: Ip4, last: Ip4): boolean =>
  compareIp4(first, ip) <= 0 && compareIp4(ip, last) <= 0
export const isUnspecified = (ip: Ip4): boolean => ip === ANY_IP4
/** RFC 1122 §3.2.1.3: 127.0.0.0/8. */
export const isLoopbackIp = (ip: Ip4): boolean => ip4Number(ip) >>> 24 === 127
/** RFC 5771: 224.0.0.0/4. */
export const isMulticast = (ip: Ip4): boolean => ip4Number(ip) >>> 28 === 0xe
/** RFC 1112 §6.4: 01:00:5e and the low 23 bits of the group. */
export const multicastMac = (group: Ip4): Mac => toMac(0x01005e000000 + (ip4Number(group) & 0x7fffff))
export const isGroupMac = (address: Mac): boolean => Math.floor(address / 0x10000000000) % 2 === 1
export const formatEndpoint = (endpoint: Endpoint): string => `${formatIp4(endpoint.ip)}:${endpoint.port}`
