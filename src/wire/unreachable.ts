/**
 * ICMP "destination unreachable" (RFC 792) with the packet it is about. Does not decide when to send one.
 */
import { ip4At } from '../core/address.ts'
import type { Endpoint } from '../core/address.ts'
import { u16At } from '../core/bytes.ts'
import type { Unreachable } from '../core/state-machine.ts'
import type { IcmpPacket, Ip4Packet } from './frame.ts'
import { ICMP_TYPE, UNREACHABLE_CODE } from './icmp.ts'
import { encodeIp4 } from './ip4.ts'
import { IP4, IP4_FRAGMENT, IP_PROTOCOL, UDP } from './layout.ts'

/**
 * RFC 792: the internet header and the first 64 bits of the original's body. `rest` is zero, except that code 4
 * carries the next hop's MTU (RFC 1191 §4).
 */
export const icmpUnreachable = (original: Ip4Packet, code: number, rest = 0): IcmpPacket => ({
  kind: 'icmp',
  type: ICMP_TYPE.unreachable,
  code,
  rest,
  payload: encodeIp4(original).subarray(0, IP4.length + 8),
})

/** What an ICMP "destination unreachable" is about. */
export interface UnreachableOriginal extends Unreachable {
  /** Who sent the lost packet; the port is 0 unless it was UDP. */
  readonly source: Endpoint
  readonly protocol: number
}

/** Undefined if this is no "destination unreachable", or quotes too little to tell whom it concerns. */
export const readUnreachable = (packet: IcmpPacket): UnreachableOriginal | undefined => {
  if (packet.type !== ICMP_TYPE.unreachable) return undefined
  const quoted = packet.payload
  if (quoted.length < IP4.length || quoted[0]! >>> 4 !== 4) return undefined
  const headerLength = (quoted[0]! & 15) * 4
  const protocol = quoted[IP4.protocol]!
  const isFirst = (u16At(quoted, IP4.fragment) & IP4_FRAGMENT.offset) === 0
  const hasPorts = protocol === IP_PROTOCOL.udp && isFirst
  if (headerLength < IP4.length || (hasPorts && quoted.length < headerLength + 4)) return undefined
  return {
    cause: causeOfIcmpCode(packet.code),
    protocol,
    source: {
      ip: ip4At(quoted, IP4.source),
      port: hasPorts ? u16At(quoted, headerLength + UDP.sourcePort) : 0,
    },
    target: {
      ip: ip4At(quoted, IP4.target),
      port: hasPorts ? u16At(quoted, headerLength + UDP.targetPort) : 0,
    },
  }
}

export const causeOfIcmpCode = (code: number): Unreachable['cause'] => CAUSES[code] ?? 'other'

const CAUSES: Readonly<Record<number, Unreachable['cause']>> = {
  [UNREACHABLE_CODE.net]: 'net',
  [UNREACHABLE_CODE.host]: 'host',
  [UNREACHABLE_CODE.port]: 'port',
}
