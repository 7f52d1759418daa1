/**
 * Addresses of either family, for code that does not care which: `Ip` is an `Ip4` or an `Ip6`, and `typeof` tells them
 * apart. What only IPv4 has (broadcast, classes) stays in `address.ts`.
 */
import {
  type Ip4,
  compareIp4,
  formatIp4,
  ip4Bytes,
  ip4Number,
  isLoopbackIp,
  isMulticast,
  parseIp4,
  toIp4,
} from './address.ts'

declare const ip6: unique symbol
/** An IPv6 address: a string of 16 characters, one for each byte, so that `===`, Map and Set work on it. */
export type Ip6 = string & { readonly [ip6]: true }
export type Ip = Ip4 | Ip6

const BYTES = 16
const GROUPS = 8

export const isIp6 = (ip: Ip): ip is Ip6 => typeof ip === 'string'

/** Of 16 bytes at `offset`. */
export const ip6At = (bytes: Uint8Array, offset = 0): Ip6 =>
  String.fromCharCode(...bytes.subarray(offset, offset + BYTES)) as Ip6

export const ip6Bytes = (ip: Ip6): Uint8Array => Uint8Array.from(ip, char => char.charCodeAt(0))

/** 4 or 16 bytes in network order. */
export const ipBytes = (ip: Ip): Uint8Array => (isIp6(ip) ? ip6Bytes(ip) : ip4Bytes(ip))

export const ANY_IP6 = ip6At(new Uint8Array(BYTES))

const group = (ip: Ip6, index: number): number =>
  ip.charCodeAt(2 * index) * 256 + ip.charCodeAt(2 * index + 1)

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
export const formatIp6 = (ip: Ip6): string => {
  const groups = Array.from({ length: GROUPS }, (_, index) => group(ip, index))
  // §5: an IPv4-mapped address shows its last 32 bits as IPv4 does.
  if (groups.slice(0, 5).every(value => value === 0) && groups[5] === 0xffff)
    return `::ffff:${formatIp4(toIp4(groups[6]! * 0x10000 + groups[7]!))}`
  const zeros = longestZeros(groups)
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map(value => value.toString(16))
      .join(':')
  return zeros ? `${text(0, zeros.from)}::${text(zeros.to, GROUPS)}` : text(0, GROUPS)
}

const longestZeros = (groups: readonly number[]): { from: number; to: number } | undefined => {
  let longest: { from: number; to: number } | undefined
  for (let from = 0; from < GROUPS; from++) {
    let to = from
    while (groups[to] === 0) to++
    if (to - from >= 2 && (!longest || to - from > longest.to - longest.from)) longest = { from, to }
    from = Math.max(from, to)
  }
  return longest
}

/** Any form of RFC 4291 §2.2, without a zone; undefined for anything else. */
export const parseIp6 = (text: string): Ip6 | undefined => {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0 || !/^[0-9a-f:.]+$/i.test(text)) return undefined
  const before = groupsOf(head, tail === undefined)
  const after = tail === undefined ? [] : groupsOf(tail, true)
  if (!before || !after) return undefined
  const missing = GROUPS - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...before, ...Array.from({ length: missing }, () => 0), ...after]
  return ip6At(Uint8Array.from(groups.flatMap(value => [value >>> 8, value & 255])))
}

/** The groups of one side of `::`; an IPv4 address may stand for the last two, where the text ends. */
const groupsOf = (text: string, isEnd: boolean): number[] | undefined => {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const ip4 = isEnd && index === parts.length - 1 && part.includes('.') ? parseIp4(part) : undefined
    if (ip4 !== undefined) groups.push(ip4Number(ip4) >>> 16, ip4Number(ip4) & 0xffff)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(parseInt(part, 16))
    else return undefined
  }
  return groups
}

export const formatIp = (ip: Ip): string => (isIp6(ip) ? formatIp6(ip) : formatIp4(ip))
export const parseIp = (text: string): Ip | undefined => parseIp4(text) ?? parseIp6(text)

/** IPv4 before IPv6, by value within each. */
export const compareIp = (a: Ip, b: Ip): number => {
  if (isIp6(a)) return isIp6(b) ? (a < b ? -1 : a > b ? 1 : 0) : 1
  return isIp6(b) ? -1 : compareIp4(a, b)
}

/** 0.0.0.0 or ::. */
export const isUnspecifiedIp = (ip: Ip): boolean => (isIp6(ip) ? ip === ANY_IP6 : ip4Number(ip) === 0)
/** 224.0.0.0/4 or ff00::/8. */
export const isMulticastIp = (ip: Ip): boolean => (isIp6(ip) ? ip.charCodeAt(0) === 0xff : isMulticast(ip))
/** 127.0.0.0/8 or ::1. */
export const isLoopback = (ip: Ip): boolean => (isIp6(ip) ? formatIp6(ip) === '::1' : isLoopbackIp(ip))
/** 169.254.0.0/16 or fe80::/10. */
export const isLinkLocal = (ip: Ip): boolean =>
  isIp6(ip) ? (group(ip, 0) & 0xffc0) === 0xfe80 : ip4Number(ip) >>> 16 === 0xa9fe

/** A prefix of either family: `10.20.1.0/24`, `2001:db8::/64`. */
export interface Prefix {
  readonly network: Ip
  /** In bits: 0 to 32, or 0 to 128. */
  readonly prefixLength: number
}

/** False for an address of the other family. */
export const isInPrefix = ({ network, prefixLength }: Prefix, ip: Ip): boolean => {
  if (isIp6(network) !== isIp6(ip)) return false
  const [a, b] = [ipBytes(network), ipBytes(ip)]
  const whole = prefixLength >>> 3
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false
  const mask = 0xff00 >>> (prefixLength & 7)
  return (prefixLength & 7) === 0 || ((a[whole]! ^ b[whole]!) & mask & 0xff) === 0
}
