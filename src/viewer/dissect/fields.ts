/**
 * What a dissected packet is made of: fields, each with its place in the frame. Does not know any protocol.
 */
import type { Ip4 } from '../../core/address.ts'
import { printable, toHex } from '../../core/bytes.ts'
import { type Ip, formatIp, isIp6 } from '../../core/ip.ts'

export interface Field {
  readonly label: string
  readonly value: string
  /** In bytes of the frame; `end` is not included. */
  readonly start: number
  readonly end: number
  readonly children?: readonly Field[]
}

export type NameOf = (ip: Ip4) => string

export const field = (label: string, value: string, start: number, length: number): Field => ({
  label,
  value,
  start,
  end: start + length,
})

/** `10.20.1.5 (nbs-a)`, or the address alone where nobody has it. */
export const addressText = (ip: Ip, nameOf: NameOf): string => {
  const address = formatIp(ip)
  const name = isIp6(ip) ? address : nameOf(ip)
  return name === address ? name : `${address} (${name})`
}

export const hex16 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`

const PREVIEW = 24

/** The beginning of bytes that have no form: as text if they are text, else in hexadecimal. */
export const preview = (bytes: Uint8Array): string => {
  const start = bytes.subarray(0, PREVIEW)
  const more = bytes.length > PREVIEW ? '…' : ''
  const text = start.length > 0 && start.every(byte => byte >= 0x20 && byte < 0x7f)
  return (text ? printable(String.fromCharCode(...start)) : toHex(start)) + more
}
