/**
 * A DHCP message as fields with their places: header, options by name and form, PXE sub-options of option 43.
 * Does not follow RFC 3396: each instance is shown where it stands, as a capture shows it.
 */
import { formatIp4, formatMac, ip4At, macAt, ANY_IP4 } from '../../core/address.ts'
import { latin1Text, printable, toHex, u16At, u32At } from '../../core/bytes.ts'
import { type DhcpMessage, MESSAGE_TYPE } from '../../wire/dhcp/message.ts'
import { END, OPTION, PAD, optionName } from '../../wire/dhcp/option-codes.ts'
import { type OptionFormat, optionShape } from '../../wire/dhcp/option-formats.ts'
import { messageType } from '../../wire/dhcp/options.ts'
import { architectureName, isPxeClient } from '../../wire/pxe/client.ts'
import { PXE_TAG } from '../../wire/pxe/vendor-options.ts'
import { DHCP } from '../../wire/layout.ts'
import { type Field, type NameOf, addressText, field, preview } from './fields.ts'

const OPTIONS_AT = DHCP.options

export const dhcpFields = (bytes: Uint8Array, message: DhcpMessage, at: number, nameOf: NameOf): Field => {
  const address = (label: string, offset: number) =>
    field(label, addressText(ip4At(bytes, offset), nameOf), at + offset, 4)
  const header = bytes.length < OPTIONS_AT ? [] : headerFields(bytes, message, at, address)
  const options = bytes.length < OPTIONS_AT ? [] : optionFields(bytes, OPTIONS_AT, bytes.length, at, nameOf)
  return {
    label: 'DHCP',
    value: summary(message),
    start: at,
    end: at + bytes.length,
    children: [
      {
        label: 'Header',
        value: addresses(message),
        start: at,
        end: at + Math.min(bytes.length, OPTIONS_AT),
        children: header,
      },
      ...options,
    ],
  }
}

/** What a reader looks for in the header. */
const addresses = ({ yiaddr, siaddr, giaddr, file }: DhcpMessage): string => {
  const parts: string[] = []
  if (yiaddr !== ANY_IP4) parts.push(`yiaddr ${formatIp4(yiaddr)}`)
  if (siaddr !== ANY_IP4) parts.push(`siaddr ${formatIp4(siaddr)}`)
  if (giaddr !== ANY_IP4) parts.push(`giaddr ${formatIp4(giaddr)}`)
  if (file !== '') parts.push(`file ${printable(file)}`)
  return parts.join(', ') || 'no addresses'
}

const summary = (message: DhcpMessage): string => {
  const type = messageType(message)?.toUpperCase() ?? 'BOOTP'
  const pxe = isPxeClient(message) ? ', PXE' : ''
  return `${type} ${message.op === 1 ? 'request' : 'reply'}${pxe}`
}

const headerFields = (
  bytes: Uint8Array,
  message: DhcpMessage,
  at: number,
  address: (label: string, offset: number) => Field,
): Field[] => {
  const fields = [
    field(
      'op',
      message.op === 1 ? 'request (1)' : message.op === 2 ? 'reply (2)' : String(message.op),
      at,
      1,
    ),
    field(
      'htype, hlen, hops',
      `${message.htype}, ${message.hlen}, ${message.hops}`,
      at + DHCP.hardwareType,
      3,
    ),
    field('xid', `0x${message.xid.toString(16).padStart(8, '0')}`, at + DHCP.xid, 4),
    field('secs', String(message.secs), at + DHCP.secs, 2),
    field('flags', message.flags & 0x8000 ? 'broadcast' : 'none', at + DHCP.flags, 2),
    address('ciaddr', DHCP.ciaddr),
    address('yiaddr', DHCP.yiaddr),
    address('siaddr', DHCP.siaddr),
    address('giaddr', DHCP.giaddr),
    field('chaddr', formatMac(macAt(bytes, DHCP.chaddr)), at + DHCP.chaddr, 16),
  ]
  fields.push(field('sname', printable(message.sname) || '(empty)', at + DHCP.sname, 64))
  fields.push(field('file', printable(message.file) || '(empty)', at + DHCP.file, 128))
  return fields
}

const optionFields = (
  bytes: Uint8Array,
  start: number,
  end: number,
  base: number,
  nameOf: NameOf,
): Field[] => {
  const fields: Field[] = []
  for (let at = start; at < end;) {
    const code = bytes[at]!
    if (code === PAD) {
      at++
      continue
    }
    if (code === END) {
      fields.push(field('END', '255', base + at, 1))
      break
    }
    const length = Math.min(bytes[at + 1] ?? 0, Math.max(0, end - at - 2))
    const value = bytes.subarray(at + 2, at + 2 + length)
    const nested = code === OPTION.vendorSpecific ? pxeFields(value, base + at + 2, nameOf) : []
    fields.push({
      label: `${code} ${optionName(code)}`,
      value: optionText(code, value, nameOf),
      start: base + at,
      // The message may end behind a code.
      end: base + Math.min(end, at + 2 + length),
      ...(nested.length > 0 && { children: nested }),
    })
    at += 2 + length
  }
  return fields
}

const TYPES: ReadonlyMap<number, string> = new Map(
  Object.entries(MESSAGE_TYPE).map(([name, number]) => [number, name.toUpperCase()]),
)

const optionText = (code: number, value: Uint8Array, nameOf: NameOf): string => {
  if (code === OPTION.messageType) return `${TYPES.get(value[0]!) ?? 'unknown'} (${value[0]})`
  if (code === OPTION.clientSystemArchitecture && value.length >= 2)
    return `${architectureName(u16At(value, 0)) ?? 'unknown'} (${u16At(value, 0)})`
  if (code === OPTION.parameterRequestList)
    return [...value].map(wanted => `${wanted} ${optionName(wanted)}`).join(', ')
  if (code === OPTION.vendorSpecific) return `${value.length} bytes`
  return formed(optionShape(code)?.format ?? 'bytes', value, nameOf)
}

const formed = (format: OptionFormat, value: Uint8Array, nameOf: NameOf): string => {
  if (format === 'text') return printable(latin1Text(value))
  if ((format === 'ip' || format === 'ips') && value.length >= 4) {
    const addresses: string[] = []
    for (let at = 0; at + 4 <= value.length; at += 4) addresses.push(addressText(ip4At(value, at), nameOf))
    return addresses.join(', ')
  }
  if ((format === 'u32' || format === 'i32') && value.length === 4) return String(u32At(value, 0))
  if (format === 'u16' && value.length === 2) return String(u16At(value, 0))
  if (format === 'u8' && value.length === 1) return String(value[0])
  if (value.length > 0 && format === 'u8s') return [...value].join(', ')
  return value.length === 0 ? '(no value)' : value.length <= 32 ? toHex(value) : preview(value)
}

const TAGS: ReadonlyMap<number, string> = new Map(
  Object.entries(PXE_TAG).map(([name, number]) => [number, name]),
)

const pxeFields = (bytes: Uint8Array, base: number, nameOf: NameOf): Field[] => {
  const fields: Field[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!
    if (tag === PAD) {
      at++
      continue
    }
    if (tag === END) {
      fields.push(field('END', '255', base + at, 1))
      break
    }
    const length = Math.min(bytes[at + 1] ?? 0, Math.max(0, bytes.length - at - 2))
    const value = bytes.subarray(at + 2, at + 2 + length)
    fields.push(
      field(`43.${tag} ${TAGS.get(tag) ?? 'unknown'}`, tagText(tag, value, nameOf), base + at, 2 + length),
    )
    at += 2 + length
  }
  return fields
}

const CONTROL_BITS = [
  'no broadcast discovery',
  'no multicast discovery',
  'listed servers only',
  'boot the file at once',
]

const tagText = (tag: number, value: Uint8Array, nameOf: NameOf): string => {
  switch (tag) {
    case PXE_TAG.discoveryControl: {
      const bits = CONTROL_BITS.filter((_, bit) => ((value[0] ?? 0) >> bit) & 1)
      return `${value[0] ?? '(no value)'}${bits.length > 0 ? `: ${bits.join(', ')}` : ''}`
    }
    case PXE_TAG.discoveryMulticastAddress:
      return value.length >= 4 ? addressText(ip4At(value, 0), nameOf) : preview(value)
    case PXE_TAG.menuPrompt:
      return `${value[0] ?? 0} s: ${printable(latin1Text(value, 1))}`
    case PXE_TAG.bootMenu:
      return entries(value, (text, type) => `${type}: ${printable(latin1Text(text))}`, 1)
    case PXE_TAG.bootServers:
      return entries(value, (list, type) => `${type}: ${formed('ips', list, nameOf)}`, 4)
    case PXE_TAG.bootItem:
      return value.length >= 4 ? `type ${u16At(value, 0)}, layer ${u16At(value, 2)}` : preview(value)
    default:
      return preview(value)
  }
}

/** type(2) count(1) count × unit bytes, repeated. */
const entries = (
  value: Uint8Array,
  text: (content: Uint8Array, type: number) => string,
  unit: number,
): string => {
  const parts: string[] = []
  for (let at = 0; at + 3 <= value.length;) {
    const end = at + 3 + value[at + 2]! * unit
    parts.push(text(value.subarray(at + 3, Math.min(end, value.length)), u16At(value, at)))
    at = end
  }
  return parts.join('; ')
}
