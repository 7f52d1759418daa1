/** A Mac's messages and a server to send them to, as the tests of BSDP need them. Not the firmware model. */
import { type Ip4, type Mac, parseIp4, toMac } from '../../../src/core/address.ts'
import type { Action } from '../../../src/core/state-machine.ts'
import type { BsdpEvent } from '../../../src/protocol/bsdp/events.ts'
import { NETBOOT_DEFAULTS, type NetBootImage } from '../../../src/protocol/bsdp/images.ts'
import { BsdpService, type BsdpServiceOptions } from '../../../src/protocol/bsdp/service.ts'
import type { BsdpContent } from '../../../src/wire/bsdp/content.ts'
import { bsdpContent } from '../../../src/wire/bsdp/decode.ts'
import { bsdpOptions } from '../../../src/wire/bsdp/encode.ts'
import { decodeDhcp, encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import type { DhcpMessage, DhcpOption, MessageType } from '../../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  chaddrOf,
  messageTypeOption,
  textOption,
  u16Option,
} from '../../../src/wire/dhcp/options.ts'

export const ip = (text: string): Ip4 => parseIp4(text)!
export const SERVER = ip('10.66.0.10')
export const OTHER = ip('10.66.0.11')
export const MAC_ADDRESS = ip('10.66.0.50')
export const MAC = toMac(0x0200c0a50001)

export const image = (id: number, name: string, more: Partial<NetBootImage> = {}): NetBootImage => ({
  ...NETBOOT_DEFAULTS,
  architectures: ['i386'],
  id,
  name,
  folder: `${name.split(' ')[0]}.nbi`,
  ...more,
})

export const LAB = image(0x01001000, 'Lab NetBoot', { isDefault: true })
export const INSTALL = image(0x81000067, 'Install Sierra')
export const CAFE = image(0x01000007, 'Café')

export interface MacMessage {
  readonly type?: MessageType
  readonly mac?: Mac
  readonly model?: string
  readonly class?: string | undefined
  readonly xid?: number
  readonly ciaddr?: Ip4
  readonly giaddr?: Ip4
  readonly maxSize?: number | undefined
  readonly content?: Partial<BsdpContent>
  readonly options?: readonly DhcpOption[]
  readonly header?: Partial<DhcpMessage>
}

export const macMessage = (fields: MacMessage = {}): DhcpMessage => {
  const type = fields.type ?? 'inform'
  const name = 'class' in fields ? fields.class : `AAPLBSDPC/i386/${fields.model ?? 'MacBookPro11,2'}`
  const size = 'maxSize' in fields ? fields.maxSize : 1500
  return bootRequest({
    xid: fields.xid ?? 0x1234,
    flags: type === 'inform' ? 0 : 0x8000,
    ciaddr: fields.ciaddr ?? (type === 'inform' ? MAC_ADDRESS : ip('0.0.0.0')),
    giaddr: fields.giaddr ?? ip('0.0.0.0'),
    chaddr: chaddrOf(fields.mac ?? MAC),
    options: [
      messageTypeOption(type),
      ...(size === undefined ? [] : [u16Option(OPTION.maximumMessageSize, size)]),
      ...(name === undefined ? [] : [textOption(OPTION.classIdentifier, name)]),
      ...bsdpOptions({ version: 0x0101, ...fields.content }),
      ...(fields.options ?? []),
    ],
    ...fields.header,
  })
}

export const list = (content: Partial<BsdpContent> = {}, more: MacMessage = {}) =>
  macMessage({ ...more, content: { messageType: 1, ...content } })
export const select = (content: Partial<BsdpContent> = {}, more: MacMessage = {}) =>
  macMessage({ ...more, content: { messageType: 2, serverIdentifier: SERVER, ...content } })
export const discover = (content: Partial<BsdpContent> = {}, more: MacMessage = {}) =>
  macMessage({ ...more, type: 'discover', content })

/** What came of one request. */
export interface Result {
  readonly event: BsdpEvent | undefined
  /** Why there was no answer. */
  readonly reason: string | undefined
  readonly to: { readonly ip: Ip4; readonly port: number } | undefined
  readonly bytes: Uint8Array
  readonly message: DhcpMessage
  readonly content: BsdpContent
}

export const server = (more: Partial<BsdpServiceOptions> = {}, address: Ip4 = SERVER) =>
  new BsdpService({
    addressOn: () => address,
    isOwnAddress: own => own === address,
    hostName: 'nbs1.lab.example',
    images: [INSTALL, LAB, CAFE],
    ...more,
  })

export const ask = (
  service: BsdpService,
  request: DhcpMessage | Uint8Array,
  { now = 0, port = 68, from = MAC_ADDRESS }: { now?: number; port?: number; from?: Ip4 } = {},
): Result =>
  resultOf(
    service.receive(now, 'bsdp', {
      iface: 'eth0',
      source: { ip: from, port },
      target: { ip: ip('255.255.255.255'), port: 67 },
      payload: request instanceof Uint8Array ? request : encodeDhcp(request),
    }),
  )

export const resultOf = (actions: readonly Action<'bsdp', BsdpEvent>[]): Result => {
  const sent = actions.find(action => action.type === 'send')
  const told = actions.find(action => action.type === 'event')
  const event = told?.type === 'event' ? told.event : undefined
  const bytes = sent?.type === 'send' ? sent.payload : new Uint8Array(0)
  const message = decodeDhcp(bytes)
  const whole = message.ok ? message.value : bootRequest({})
  const content = bsdpContent(whole)
  return {
    event,
    reason: event?.kind === 'ignored' ? event.reason : event?.kind === 'forgot' ? 'forgot' : undefined,
    to: sent?.type === 'send' ? { ip: sent.to.ip, port: sent.to.port } : undefined,
    bytes,
    message: whole,
    content: content.ok ? content.value : { others: [], tags: [], intact: true, listIntact: true },
  }
}
