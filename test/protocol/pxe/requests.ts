/** PXE client messages as the tests of servers need them. Not the firmware models: only their packets. */
import { type Ip4, type Mac, parseIp4, parseMac, toIp4 } from '../../../src/core/address.ts'
import type { Action, Datagram } from '../../../src/core/state-machine.ts'
import { decodeDhcp, encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import type { DhcpMessage, DhcpOption, MessageType } from '../../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  chaddrOf,
  ip4Option,
  messageTypeOption,
  textOption,
} from '../../../src/wire/dhcp/options.ts'
import {
  architectureOption,
  clientMachineIdentifierOption,
  clientNetworkInterfaceOption,
  pxeClassIdentifier,
} from '../../../src/wire/pxe/client.ts'
import { encodePxeVendor } from '../../../src/wire/pxe/vendor-options.ts'

export const ip = (text: string): Ip4 => parseIp4(text)!
export const mac = (text: string): Mac => parseMac(text)!

export const UUID = Uint8Array.from({ length: 16 }, (_, i) => i + 1)
export const PC = mac('00:50:56:00:00:01')

export interface ClientMessage {
  readonly type?: MessageType
  readonly mac?: Mac
  readonly arch?: number
  readonly xid?: number
  readonly secs?: number
  readonly flags?: number
  readonly ciaddr?: Ip4
  readonly giaddr?: Ip4
  readonly hops?: number
  readonly class?: string | undefined
  readonly uuid?: Uint8Array | undefined
  readonly bootItem?: { readonly type: number; readonly layer: number }
  readonly serverIdentifier?: Ip4
  readonly options?: readonly DhcpOption[]
}

export const clientMessage = (fields: ClientMessage = {}): DhcpMessage => {
  const arch = fields.arch ?? 7
  const name = 'class' in fields ? fields.class : pxeClassIdentifier(arch, 3, 0)
  const uuid = 'uuid' in fields ? fields.uuid : UUID
  const options: DhcpOption[] = [messageTypeOption(fields.type ?? 'discover')]
  if (fields.serverIdentifier !== undefined)
    options.push(ip4Option(OPTION.serverIdentifier, fields.serverIdentifier))
  if (uuid) options.push(clientMachineIdentifierOption(uuid))
  options.push(clientNetworkInterfaceOption(3, 0), architectureOption(arch))
  if (name !== undefined) options.push(textOption(OPTION.classIdentifier, name))
  if (fields.bootItem)
    options.push({ code: OPTION.vendorSpecific, value: encodePxeVendor({ bootItem: fields.bootItem }) })
  return bootRequest({
    xid: fields.xid ?? 0x1234,
    secs: fields.secs ?? 0,
    flags: fields.flags ?? 0x8000,
    ciaddr: fields.ciaddr ?? toIp4(0),
    giaddr: fields.giaddr ?? toIp4(0),
    hops: fields.hops ?? 0,
    chaddr: chaddrOf(fields.mac ?? PC),
    options: [...options, ...(fields.options ?? [])],
  })
}

export interface Way {
  readonly iface?: string
  readonly source?: Ip4
  readonly sourcePort?: number
  readonly target?: Ip4
  readonly port?: number
}

/** A broadcast on 67, unless told otherwise. */
export const datagramOf = (payload: Uint8Array, way: Way = {}): Datagram => ({
  iface: way.iface ?? 'eth0',
  source: { ip: way.source ?? toIp4(0), port: way.sourcePort ?? 68 },
  target: { ip: way.target ?? toIp4(0xffffffff), port: way.port ?? 67 },
  payload,
})

export const sent = (fields: ClientMessage = {}, way: Way = {}): Datagram =>
  datagramOf(encodeDhcp(clientMessage(fields)), way)

/** The messages that were sent, with where they went. */
export const replies = <S, E>(actions: readonly Action<S, E>[]) =>
  actions.flatMap(action => {
    if (action.type !== 'send') return []
    const read = decodeDhcp(action.payload)
    if (!read.ok) throw new Error(read.issues[0].message)
    return [
      { via: action.via, to: action.to, message: read.value, issues: read.issues, payload: action.payload },
    ]
  })

export const events = <S, E>(actions: readonly Action<S, E>[]): E[] =>
  actions.flatMap(action => (action.type === 'event' ? [action.event] : []))

/** The option list as it stands on the wire: code and hexadecimal value. */
export const optionList = (message: DhcpMessage): string[] =>
  message.options.map(
    ({ code, value }) => `${code} ${Array.from(value, byte => byte.toString(16).padStart(2, '0')).join('')}`,
  )
