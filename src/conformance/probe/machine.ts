/**
 * A machine that the probe plays, and the DHCP messages that it sends: what EDK2 for x64 says (E-8), changed where a
 * clause wants it otherwise. Does not send them.
 */
import { type Ip4, type Mac, formatMac } from '../../core/address.ts'
import { random } from '../../core/random.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import {
  BROADCAST_FLAG,
  type DhcpMessage,
  type DhcpOption,
  type MessageType,
} from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  bytesOption,
  chaddrOf,
  ip4Option,
  messageTypeOption,
  textOption,
  u16Option,
} from '../../wire/dhcp/options.ts'
import {
  architectureOption,
  clientMachineIdentifierOption,
  clientNetworkInterfaceOption,
} from '../../wire/pxe/client.ts'
import { pxeVendorOption } from '../../wire/pxe/vendor-options.ts'
import type { Probe } from './probe.ts'

export interface Machine {
  readonly mac: Mac
  readonly uuid: Uint8Array
  /** IANA number of option 93. */
  readonly arch: number
}

export const X64 = 7

export const newMachine = (probe: Probe, arch = X64): Machine => {
  const mac = probe.newMac()
  const stream = random(`machine ${formatMac(mac)}`)
  return { mac, arch, uuid: Uint8Array.from({ length: 16 }, () => stream.below(256)) }
}

/** How a message differs from the usual one. */
export interface Change {
  /** In place of those with the same code, or besides the usual ones. */
  readonly options?: readonly DhcpOption[]
  readonly without?: readonly number[]
  readonly fields?: Partial<DhcpMessage>
}

/** What PXE clients ask for. */
const PARAMETERS = Uint8Array.of(
  1,
  2,
  3,
  4,
  5,
  6,
  12,
  13,
  15,
  17,
  18,
  22,
  23,
  28,
  40,
  41,
  42,
  43,
  50,
  51,
  54,
  58,
  59,
  60,
  66,
  67,
  97,
  128,
  129,
  130,
  131,
  132,
  133,
  134,
  135,
)
const LARGEST = 1472

export const pxeClass = (arch: number): string =>
  `PXEClient:Arch:${String(arch).padStart(5, '0')}:UNDI:003001`

/** Of any type; without what only PXE clients say. */
export const plainMessage = (machine: Machine, type: MessageType, change: Change = {}): DhcpMessage =>
  changed(
    bootRequest({
      chaddr: chaddrOf(machine.mac),
      flags: BROADCAST_FLAG,
      options: [
        messageTypeOption(type),
        u16Option(OPTION.maximumMessageSize, LARGEST),
        bytesOption(OPTION.parameterRequestList, PARAMETERS),
      ],
    }),
    change,
  )

export const pxeMessage = (machine: Machine, type: MessageType, change: Change = {}): DhcpMessage => {
  const plain = plainMessage(machine, type)
  const options = [
    ...plain.options,
    clientMachineIdentifierOption(machine.uuid),
    clientNetworkInterfaceOption(3, 1),
    architectureOption(machine.arch),
    textOption(OPTION.classIdentifier, pxeClass(machine.arch)),
  ]
  return changed({ ...plain, options }, change)
}

export const pxeDiscover = (machine: Machine, change?: Change): DhcpMessage =>
  pxeMessage(machine, 'discover', change)

export interface BootItem {
  readonly type: number
  readonly layer: number
}

/** To a boot server: from a machine that has its address (E-32, E-40). */
export const bootRequestMessage = (
  machine: Machine,
  address: Ip4,
  item: BootItem | undefined,
  change: Change = {},
  type: 'request' | 'inform' = 'request',
): DhcpMessage =>
  pxeMessage(machine, type, {
    ...change,
    fields: { ciaddr: address, flags: 0, ...change.fields },
    options: [...(item ? [pxeVendorOption({ bootItem: item })] : []), ...(change.options ?? [])],
  })

/** The REQUEST by which a lease is taken (RFC 2131 table 4, SELECTING). */
export const selecting = (
  machine: Machine,
  address: Ip4,
  server: Ip4 | undefined,
  change: Change = {},
): DhcpMessage =>
  pxeMessage(machine, 'request', {
    ...change,
    options: [
      ip4Option(OPTION.requestedIpAddress, address),
      ...(server === undefined ? [] : [ip4Option(OPTION.serverIdentifier, server)]),
      ...(change.options ?? []),
    ],
  })

/** With option 52 the order of options would matter; a client's messages have none. */
const changed = (message: DhcpMessage, { options = [], without = [], fields }: Change): DhcpMessage => {
  const replaced = new Set([...options.map(({ code }) => code), ...without])
  return {
    ...message,
    ...fields,
    options: [...message.options.filter(({ code }) => !replaced.has(code)), ...options],
  }
}

export const bytesOf = (message: DhcpMessage): Uint8Array => encodeDhcp(message)
