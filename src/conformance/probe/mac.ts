/**
 * What a Mac says in BSDP: LIST and SELECT. Does not send it.
 */
import type { Ip4 } from '../../core/address.ts'
import { bsdpClassIdentifier } from '../../wire/bsdp/class-identifier.ts'
import { BSDP_MESSAGE, BSDP_VERSION, type BsdpContent } from '../../wire/bsdp/content.ts'
import { bsdpContent } from '../../wire/bsdp/decode.ts'
import { bsdpOptions } from '../../wire/bsdp/encode.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION, bytesOption, textOption, u16Option } from '../../wire/dhcp/options.ts'
import type { Answer } from './ask.ts'
import { type Change, type Machine, plainMessage } from './machine.ts'

/** Below 1024, as servers of Apple want it, and not 68. */
export const REPLY_PORT = 1023 as const
const LARGEST = 1500

export interface MacTraits {
  readonly architecture: string
  readonly systemId: string
}

/** A model that BSDP servers of the last years knew. */
export const IMAC: MacTraits = { architecture: 'i386', systemId: 'iMac14,2' }

export const macMessage = (
  machine: Machine,
  address: Ip4,
  content: Partial<BsdpContent>,
  traits: MacTraits = IMAC,
  change: Change = {},
): DhcpMessage =>
  plainMessage(machine, 'inform', {
    ...change,
    fields: { ciaddr: address, flags: 0, ...change.fields },
    options: [
      bytesOption(OPTION.parameterRequestList, Uint8Array.of(43, 60)),
      u16Option(OPTION.maximumMessageSize, LARGEST),
      textOption(OPTION.classIdentifier, bsdpClassIdentifier(traits)),
      ...bsdpOptions(content),
      ...(change.options ?? []),
    ],
  })

export const LIST: Partial<BsdpContent> = {
  messageType: BSDP_MESSAGE.list,
  version: BSDP_VERSION.v1_1,
  maxMessageSize: LARGEST,
}

/** Without a reply port the answer comes to 68. */
export const listMessage = (
  machine: Machine,
  address: Ip4,
  content: Partial<BsdpContent> = {},
  traits?: MacTraits,
): DhcpMessage => macMessage(machine, address, { ...LIST, ...content }, traits)

export const selectMessage = (
  machine: Machine,
  address: Ip4,
  server: Ip4,
  image: number,
  content: Partial<BsdpContent> = {},
): DhcpMessage =>
  macMessage(machine, address, {
    messageType: BSDP_MESSAGE.select,
    version: BSDP_VERSION.v1_1,
    serverIdentifier: server,
    selectedImage: image,
    ...content,
  })

export const contentOf = (answer: Answer): BsdpContent | undefined => {
  const read = bsdpContent(answer.message)
  return read.ok ? read.value : undefined
}
