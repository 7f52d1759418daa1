/**
 * Values of DHCP options as configuration files have them. Pure.
 */
import { formatIp4, ip4At } from '../../../core/address.ts'
import { toHex } from '../../../core/bytes.ts'
import type { DhcpOption } from '../../../wire/dhcp/message.ts'
import { optionShape } from '../../../wire/dhcp/option-formats.ts'

/** `01:02:ff`. */
export const colonHex = (bytes: Uint8Array): string => (toHex(bytes).match(/../g) ?? []).join(':')

/** Its addresses, if it is made of such; undefined: it is something else. */
export const addressesOf = ({ code, value }: DhcpOption): readonly string[] | undefined => {
  const format = optionShape(code)?.format
  if (format !== 'ip' && format !== 'ips') return undefined
  return Array.from({ length: value.length / 4 }, (_, at) => formatIp4(ip4At(value, 4 * at)))
}

/** Its text, if it is one that a line of a file can hold in quotes. */
export const textOf = ({ value }: DhcpOption): string | undefined => {
  const text = String.fromCharCode(...value)
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(text) ? text : undefined
}
