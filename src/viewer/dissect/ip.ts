/**
 * Headers of IPv4, IPv6 and ICMP as fields with their places (RFC 791 §3.1, RFC 8200 §3, RFC 792). Extension headers of
 * IPv6 count as one piece. Does not look at what they carry.
 */
import { toHex, u16At } from '../../core/bytes.ts'
import type { FrameView } from '../../wire/frame-view.ts'
import { ICMP_TYPE } from '../../wire/frames.ts'
import { ICMP, IP4, IP4_FRAGMENT, IP6, IP_PROTOCOL } from '../../wire/layout.ts'
import { type Field, type NameOf, addressText, field, hex16 } from './fields.ts'

/** Where the packet ends, by its own word and by what was captured. */
export const packetEnd = ({ bytes, version, packetAt, bodyAt }: FrameView): number => {
  const length =
    version === 4
      ? u16At(bytes, packetAt + IP4.totalLength)
      : IP6.length + u16At(bytes, packetAt + IP6.payloadLength)
  return Math.max(Math.min(bodyAt, bytes.length), Math.min(bytes.length, packetAt + length))
}

export const ipLayer = (view: FrameView, nameOf: NameOf): Field => ({
  label: `IPv${view.version}`,
  value: `${addressText(view.sourceIp!, nameOf)} → ${addressText(view.targetIp!, nameOf)}`,
  start: view.packetAt,
  end: Math.min(view.bodyAt, view.end),
  children: view.version === 4 ? ip4Fields(view, nameOf) : ip6Fields(view, nameOf),
})

const ip4Fields = (view: FrameView, nameOf: NameOf): Field[] => {
  const { bytes, packetAt: at } = view
  const word = (offset: number) => u16At(bytes, at + offset)
  return [
    field('Total length', String(word(IP4.totalLength)), at + IP4.totalLength, 2),
    field('Identification', String(word(IP4.identification)), at + IP4.identification, 2),
    field('Fragment', fragmentText(word(IP4.fragment)), at + IP4.fragment, 2),
    field('Time to live', String(bytes[at + IP4.ttl]), at + IP4.ttl, 1),
    field('Protocol', protocolText(view.protocol), at + IP4.protocol, 1),
    field('Header checksum', hex16(word(IP4.checksum)), at + IP4.checksum, 2),
    field('Source', addressText(view.sourceIp!, nameOf), at + IP4.source, 4),
    field('Target', addressText(view.targetIp!, nameOf), at + IP4.target, 4),
  ]
}

const ip6Fields = (view: FrameView, nameOf: NameOf): Field[] => {
  const { bytes, packetAt: at, bodyAt, end } = view
  const extensions = Math.min(bodyAt, end) - at - IP6.length
  return [
    field('Payload length', String(u16At(bytes, at + IP6.payloadLength)), at + IP6.payloadLength, 2),
    field('Next header', protocolText(bytes[at + IP6.nextHeader]!), at + IP6.nextHeader, 1),
    field('Hop limit', String(bytes[at + IP6.hopLimit]), at + IP6.hopLimit, 1),
    field('Source', addressText(view.sourceIp!, nameOf), at + IP6.source, 16),
    field('Target', addressText(view.targetIp!, nameOf), at + IP6.target, 16),
    ...(extensions > 0
      ? [field('Extension headers', `${extensions} bytes`, at + IP6.length, extensions)]
      : []),
  ]
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  [IP_PROTOCOL.icmp]: 'ICMP',
  [IP_PROTOCOL.tcp]: 'TCP',
  [IP_PROTOCOL.udp]: 'UDP',
  [IP_PROTOCOL.icmp6]: 'ICMPv6',
}

const protocolText = (protocol: number): string => `${PROTOCOL_NAMES[protocol] ?? 'other'} (${protocol})`

const fragmentText = (word: number): string => {
  const parts = [`offset ${(word & IP4_FRAGMENT.offset) * 8}`]
  if (word & IP4_FRAGMENT.moreFragments) parts.push('more to come')
  if (word & IP4_FRAGMENT.dontFragment) parts.push('do not fragment')
  return parts.join(', ')
}

const ICMP_NAMES: Readonly<Record<number, string>> = {
  [ICMP_TYPE.echoRequest]: 'echo request',
  [ICMP_TYPE.echoReply]: 'echo reply',
  [ICMP_TYPE.unreachable]: 'destination unreachable',
}

export const icmpLayer = (bytes: Uint8Array, at: number, end: number): Field => {
  const type = bytes[at + ICMP.type]!
  return {
    label: 'ICMP',
    value: ICMP_NAMES[type] ?? `type ${type}`,
    start: at,
    end,
    children: [
      field('Type', `${ICMP_NAMES[type] ?? 'other'} (${type})`, at + ICMP.type, 1),
      field('Code', String(bytes[at + ICMP.code]), at + ICMP.code, 1),
      field('Checksum', hex16(u16At(bytes, at + ICMP.checksum)), at + ICMP.checksum, 2),
      field('Rest', toHex(bytes.subarray(at + ICMP.rest, at + ICMP.length)), at + ICMP.rest, 4),
      field('Payload', `${end - at - ICMP.length} bytes`, at + ICMP.length, end - at - ICMP.length),
    ],
  }
}
