/**
 * A frame as a tree of fields, each with the bytes it stands in, for the eye: layer by layer, down to single options.
 * Tolerant: what cannot be read further is shown as bytes. Judging is left to the decoders, whose issues are listed.
 */
import { formatIp4, formatMac, ip4At, macAt } from '../../core/address.ts'
import { toHex, u16At } from '../../core/bytes.ts'
import type { Issue } from '../../core/decoded.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { ICMP_TYPE, decodeFrame } from '../../wire/frames.ts'
import { decodeDhcp } from '../../wire/dhcp/codec.ts'
import { dhcpFields } from './dhcp.ts'
import { tftpFields } from './tftp.ts'
import { type Field, type NameOf, addressText, field, preview } from './fields.ts'

export interface Dissected {
  readonly layers: readonly Field[]
  readonly issues: readonly Issue[]
}

export const dissect = (bytes: Uint8Array, nameOf: NameOf): Dissected => {
  const layers: Field[] = []
  const issues: Issue[] = [...decodeFrame(bytes).issues]
  if (bytes.length < 14) return { layers: [rest('Bytes', bytes, 0)], issues }
  const type = u16At(bytes, 12)
  layers.push({
    label: 'Ethernet',
    value: `${formatMac(macAt(bytes, 6))} → ${formatMac(macAt(bytes, 0))}`,
    start: 0,
    end: 14,
    children: [
      field('Target', formatMac(macAt(bytes, 0)), 0, 6),
      field('Source', formatMac(macAt(bytes, 6)), 6, 6),
      field('Type', `0x${type.toString(16).padStart(4, '0')}`, 12, 2),
    ],
  })
  if (type === 0x0806 && bytes.length >= 42) layers.push(arpLayer(bytes, nameOf))
  else if (type === 0x0800 && bytes.length >= 34) ip4Layers(bytes, nameOf, layers, issues)
  else layers.push(rest('Bytes', bytes, 14))
  return { layers, issues }
}

const rest = (label: string, bytes: Uint8Array, start: number): Field =>
  field(label, `${bytes.length - start} bytes`, start, bytes.length - start)

const arpLayer = (bytes: Uint8Array, nameOf: NameOf): Field => {
  const request = u16At(bytes, 20) === 1
  return {
    label: 'ARP',
    value: request ? `who has ${formatIp4(ip4At(bytes, 38))}?` : `${formatIp4(ip4At(bytes, 28))} is here`,
    start: 14,
    end: 42,
    children: [
      field('Operation', request ? 'request (1)' : 'reply (2)', 20, 2),
      field('Sender MAC', formatMac(macAt(bytes, 22)), 22, 6),
      field('Sender IP', addressText(ip4At(bytes, 28), nameOf), 28, 4),
      field('Target MAC', formatMac(macAt(bytes, 32)), 32, 6),
      field('Target IP', addressText(ip4At(bytes, 38), nameOf), 38, 4),
    ],
  }
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 1: 'ICMP', 17: 'UDP' }

const ip4Layers = (bytes: Uint8Array, nameOf: NameOf, layers: Field[], issues: Issue[]): void => {
  const header = 14 + (bytes[14]! & 15) * 4
  const end = Math.max(header, Math.min(bytes.length, 14 + u16At(bytes, 16)))
  const protocol = bytes[23]!
  const fragment = u16At(bytes, 20)
  layers.push({
    label: 'IPv4',
    value: `${addressText(ip4At(bytes, 26), nameOf)} → ${addressText(ip4At(bytes, 30), nameOf)}`,
    start: 14,
    end: header,
    children: [
      field('Total length', String(u16At(bytes, 16)), 16, 2),
      field('Identification', String(u16At(bytes, 18)), 18, 2),
      field('Fragment', fragmentText(fragment), 20, 2),
      field('Time to live', String(bytes[22]), 22, 1),
      field('Protocol', `${PROTOCOL_NAMES[protocol] ?? 'other'} (${protocol})`, 23, 1),
      field('Header checksum', hex16(u16At(bytes, 24)), 24, 2),
      field('Source', addressText(ip4At(bytes, 26), nameOf), 26, 4),
      field('Target', addressText(ip4At(bytes, 30), nameOf), 30, 4),
    ],
  })
  const later = (fragment & 0x1fff) > 0
  if (!later && protocol === 17 && end >= header + 8) udpLayers(bytes, header, end, nameOf, layers, issues)
  else if (!later && protocol === 1 && end >= header + 8) layers.push(icmpLayer(bytes, header, end))
  else if (end > header) layers.push(field('Bytes', `${end - header} bytes`, header, end - header))
}

const hex16 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`

const fragmentText = (word: number): string => {
  const parts = [`offset ${(word & 0x1fff) * 8}`]
  if (word & 0x2000) parts.push('more to come')
  if (word & 0x4000) parts.push('do not fragment')
  return parts.join(', ')
}

const udpLayers = (
  bytes: Uint8Array,
  at: number,
  end: number,
  nameOf: NameOf,
  layers: Field[],
  issues: Issue[],
): void => {
  const from = u16At(bytes, at)
  const to = u16At(bytes, at + 2)
  layers.push({
    label: 'UDP',
    value: `port ${from} → ${to}`,
    start: at,
    end: at + 8,
    children: [
      field('Source port', portText(from), at, 2),
      field('Target port', portText(to), at + 2, 2),
      field('Length', String(u16At(bytes, at + 4)), at + 4, 2),
      field('Checksum', hex16(u16At(bytes, at + 6)), at + 6, 2),
    ],
  })
  const payload = bytes.subarray(at + 8, end)
  if (Object.values<number>(DHCP_PORT).includes(to)) {
    const message = decodeDhcp(payload)
    issues.push(...message.issues.map(issue => ({ ...issue, offset: issue.offset + at + 8 })))
    if (message.ok) return void layers.push(dhcpFields(payload, message.value, at + 8, nameOf))
  }
  layers.push(
    tftpFields(payload, at + 8) ??
      field('Payload', `${payload.length} bytes: ${preview(payload)}`, at + 8, payload.length),
  )
}

const PORTS: Readonly<Record<number, string>> = {
  67: 'DHCP server',
  68: 'DHCP client',
  69: 'TFTP',
  4011: 'PXE boot server',
}

const portText = (port: number): string => (PORTS[port] ? `${port} (${PORTS[port]})` : String(port))

const ICMP_NAMES: Readonly<Record<number, string>> = {
  [ICMP_TYPE.echoRequest]: 'echo request',
  [ICMP_TYPE.echoReply]: 'echo reply',
  3: 'destination unreachable',
}

const icmpLayer = (bytes: Uint8Array, at: number, end: number): Field => ({
  label: 'ICMP',
  value: ICMP_NAMES[bytes[at]!] ?? `type ${bytes[at]}`,
  start: at,
  end,
  children: [
    field('Type', `${ICMP_NAMES[bytes[at]!] ?? 'other'} (${bytes[at]})`, at, 1),
    field('Code', String(bytes[at + 1]), at + 1, 1),
    field('Checksum', hex16(u16At(bytes, at + 2)), at + 2, 2),
    field('Rest', toHex(bytes.subarray(at + 4, at + 8)), at + 4, 4),
    field('Payload', `${end - at - 8} bytes`, at + 8, end - at - 8),
  ],
})
