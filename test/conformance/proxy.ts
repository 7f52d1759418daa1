/** A small proxy with boot server that keeps every clause, as a function, and ways to break it. */
import { ANY_IP4, LIMITED_BROADCAST } from '../../src/core/address.ts'
import type { ResponderContext, ResponderPacket, ResponderReply } from '../../src/index.ts'
import type { DhcpMessage, DhcpOption } from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  bytesOption,
  first,
  ip4Option,
  messageTypeOption,
  serverIdentifier,
  textOption,
} from '../../src/wire/dhcp/options.ts'
import { clientArchitecture, isPxeClient } from '../../src/wire/pxe/client.ts'
import {
  DISCOVERY_CONTROL,
  type PxeVendorOptions,
  pxeVendorOption,
} from '../../src/wire/pxe/vendor-options.ts'
import { pxeVendor } from '../../src/wire/pxe/vendor-readings.ts'

/** One thing that it does otherwise. */
export interface Fault {
  /** Is it answered, although (or not, because) …; undefined: as usual. */
  readonly answers?: (request: Asked) => boolean | undefined
  readonly vendor?: Partial<PxeVendorOptions>
  /** 43 without its 255. */
  readonly unclosed?: true
  readonly offer?: (reply: DhcpMessage, request: DhcpMessage, context: ResponderContext) => DhcpMessage
  readonly ack?: (reply: DhcpMessage, request: DhcpMessage) => DhcpMessage
  readonly file?: (arch: number | undefined, request: DhcpMessage) => string | undefined
  readonly copies?: number
  /** Of an offer, before it is sent. */
  readonly after?: string
  readonly from?: 'fresh'
  /** Where the ACK goes. */
  readonly port?: (asked: number) => number
}

export interface Asked {
  readonly message: DhcpMessage
  readonly type: string
  readonly port: number
  readonly item: { readonly type: number; readonly layer: number } | undefined
  readonly isForMe: boolean
  readonly isPxe: boolean
}

export const TYPE = 0x8001
const FILES: Readonly<Record<number, string>> = {
  0: 'boot-0.bin',
  6: 'boot-6.efi',
  7: 'boot-7.efi',
  11: 'boot-11.efi',
}
export const BOOT_FILES = { 'boot-0.bin': 4096, 'boot-6.efi': 4096, 'boot-7.efi': 4096, 'boot-11.efi': 4096 }

const MENU: Partial<PxeVendorOptions> = {
  discoveryControl: DISCOVERY_CONTROL.bootFileAtOnce,
  bootMenu: [{ type: TYPE, text: 'Lab' }],
  prompt: { timeout: 0, text: 'Lab' },
}

export const proxy =
  (fault: Fault = {}) =>
  (packet: ResponderPacket, context: ResponderContext): readonly ResponderReply[] => {
    const { dhcp: message } = packet
    if (!message) return []
    const asked = askedIn(packet, message, context)
    if (!(fault.answers?.(asked) ?? isAnswered(asked))) return []
    const isOffer = asked.type === 'DISCOVER'
    const reply = isOffer ? offerTo(message, context, fault) : ackTo(asked, context, fault)
    const again = fault.from ? { from: fault.from } : {}
    if (isOffer)
      return Array.from({ length: fault.copies ?? 1 }, () => ({
        message: reply,
        to: destinationOf(message),
        after: fault.after,
      }))
    const port = (fault.port ?? (own => own))(packet.source.port)
    const to = { ip: message.ciaddr === ANY_IP4 ? LIMITED_BROADCAST : message.ciaddr, port }
    return [{ message: reply, to, ...again }]
  }

const destinationOf = ({ giaddr }: DhcpMessage) =>
  giaddr === ANY_IP4 ? { ip: LIMITED_BROADCAST, port: 68 } : { ip: giaddr, port: 67 }

const askedIn = (packet: ResponderPacket, message: DhcpMessage, context: ResponderContext): Asked => {
  const read = pxeVendor(message)
  const id = serverIdentifier(message)
  return {
    message,
    type: packet.type,
    port: packet.target.port,
    item: read?.ok ? read.value.bootItem : undefined,
    isForMe: id === undefined || id === context.address,
    isPxe: isPxeClient(message),
  }
}

/** As the clauses want it. */
export const isAnswered = ({ message, type, port, item, isPxe }: Asked): boolean => {
  if (message.op !== 1 || message.hops > 16 || message.hlen > 16 || !isPxe) return false
  if (type === 'DISCOVER') return port === 67
  if (type !== 'REQUEST' && type !== 'INFORM') return false
  if (port === 67 && !item) return false
  return !item || (item.type === TYPE && item.layer === 0)
}

const common = (type: 'offer' | 'ack', request: DhcpMessage, { address }: ResponderContext): DhcpOption[] => {
  const machine = first(request, OPTION.clientMachineIdentifier)
  return [
    messageTypeOption(type),
    ip4Option(OPTION.serverIdentifier, address),
    textOption(OPTION.classIdentifier, 'PXEClient'),
    ...(machine ? [bytesOption(OPTION.clientMachineIdentifier, machine)] : []),
  ]
}

const relayed = (request: DhcpMessage): DhcpOption[] => {
  const value = first(request, OPTION.relayAgentInformation)
  return value ? [bytesOption(OPTION.relayAgentInformation, value)] : []
}

const fileFor = (fault: Fault, request: DhcpMessage): string =>
  (fault.file ?? (arch => FILES[arch ?? -1]))(clientArchitecture(request), request) ?? ''

const offerTo = (request: DhcpMessage, context: ResponderContext, fault: Fault): DhcpMessage => {
  const vendor = pxeVendorOption({ ...MENU, ...fault.vendor }, { end: !fault.unclosed })
  const reply = bootReply(request, {
    siaddr: context.address,
    file: fileFor(fault, request),
    options: [...common('offer', request, context), vendor, ...relayed(request)],
  })
  return fault.offer?.(reply, request, context) ?? reply
}

const ackTo = ({ message, item }: Asked, context: ResponderContext, fault: Fault): DhcpMessage => {
  const vendor = item ? [pxeVendorOption({ bootItem: item })] : []
  const reply = bootReply(message, {
    ciaddr: message.ciaddr,
    siaddr: context.address,
    file: fileFor(fault, message),
    options: [...common('ack', message, context), ...vendor],
  })
  return fault.ack?.(reply, message) ?? reply
}

/** The option in place of what stands there; before the others, because 82 is to be the last. */
export const withOption = (message: DhcpMessage, ...options: readonly DhcpOption[]): DhcpMessage => ({
  ...message,
  options: [...options, ...message.options.filter(({ code }) => !options.some(own => own.code === code))],
})
