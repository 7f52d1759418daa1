/**
 * A DHCP message as a value (RFC 2131 §2). Options are an ordered list with duplicates kept, because which of two
 * counts differs from firmware to firmware; typed accessors (`options.ts`) are views of it. Types only.
 */
import type { Ip4 } from '../../core/address.ts'

export interface DhcpOption {
  readonly code: number
  readonly value: Uint8Array
  /** Which field carried it: `options`, or `file`/`sname` by option overload (52). Absent = `options`. */
  readonly area?: 'options' | 'file' | 'sname'
}

export interface DhcpMessage {
  readonly op: number
  readonly htype: number
  readonly hlen: number
  readonly hops: number
  readonly xid: number
  readonly secs: number
  readonly flags: number
  readonly ciaddr: Ip4
  readonly yiaddr: Ip4
  readonly siaddr: Ip4
  readonly giaddr: Ip4
  /** All 16 bytes; the first `hlen` are the hardware address. */
  readonly chaddr: Uint8Array
  /** Text up to the first NUL; empty where the field is overloaded with options. */
  readonly sname: string
  readonly file: string
  /** Without pads and END. */
  readonly options: readonly DhcpOption[]
  /** The option list was closed by END (255). Strict firmware drops a message that is not (E-11). */
  readonly ended: boolean
}

export const BOOTREQUEST = 1
export const BOOTREPLY = 2
/** RFC 2131 §2: the leftmost bit of `flags`. */
export const BROADCAST_FLAG = 0x8000

/** RFC 2132 §9.6. */
export const MESSAGE_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const

export type MessageType = keyof typeof MESSAGE_TYPE

export const DHCP_PORT = { server: 67, client: 68, bootServer: 4011 } as const
