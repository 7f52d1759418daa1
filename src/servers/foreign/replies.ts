/**
 * Builds the packets of a foreign responder from their description, faults included. Does not decide whether one is
 * sent, nor where to.
 */
import { ANY_IP4, type Ip4, formatMac, netmask } from '../../core/address.ts'
import { concat } from '../../core/bytes.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import { written } from '../../core/written.ts'
import { overloaded } from '../../protocol/dhcp/reply-words.ts'
import type { BootItem } from '../../protocol/pxe/request.ts'
import type { DhcpMessage, DhcpOption } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  bytesOption,
  clientMac,
  first,
  ip4Option,
  messageTypeOption,
  textOption,
  u32Option,
} from '../../wire/dhcp/options.ts'
import { encodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import type { ForeignAck, ForeignOffer, ForeignPool, ForeignReply } from './fields.ts'

/** What the packets of one server have in common. */
export interface ForeignServerTraits {
  readonly address: Ip4
  /** Option 54: the address, unless the options say otherwise. */
  readonly identity: Ip4
  readonly leaseTime: Micros
}

export interface LeaseTerms {
  readonly address: Ip4
  readonly pool: ForeignPool
}

const PXE_CLASS = textOption(OPTION.classIdentifier, 'PXEClient')
/** iPXE's own option (175) and what it encapsulates. */
const IPXE = { option: 175, priority: 1, noProxy: 0xb0 } as const

/** An OFFER, or the ACK that confirms it. `lease` is undefined for yiaddr 0. */
export const foreignOffer = (
  server: ForeignServerTraits,
  offer: ForeignOffer,
  request: DhcpMessage,
  type: 'offer' | 'ack',
  lease: LeaseTerms | undefined,
): DhcpMessage => {
  const options: DhcpOption[] = [messageTypeOption(type), ip4Option(OPTION.serverIdentifier, server.address)]
  if (lease) options.push(...leaseOptions(server, lease))
  if (offer.role !== 'dhcp') options.push(PXE_CLASS)
  if (offer.role === 'proxy') options.push(...machineIdentifier(request))
  const ipxe = ipxeOption(offer)
  if (ipxe) options.push(ipxe)
  const { file, options: laidOut } = inFields(
    offer,
    fileFor(offer.bootFile, request),
    finished(options, offer, request),
  )
  return bootReply(request, {
    hops: request.hops,
    yiaddr: lease?.address ?? ANY_IP4,
    siaddr: offer.nextServer ?? (namesFile(offer) ? server.address : ANY_IP4),
    file,
    options: laidOut,
    ended: !offer.malformed?.includes('no-end'),
  })
}

/** The ACK on 4011, or to a discovery if `item` is given. */
export const foreignReply = (
  server: ForeignServerTraits,
  offer: ForeignOffer,
  reply: ForeignReply | undefined,
  request: DhcpMessage,
  item: BootItem | undefined,
): DhcpMessage => {
  const file = reply?.bootFile ?? offer.bootFile
  const options: DhcpOption[] = [
    messageTypeOption('ack'),
    ip4Option(OPTION.serverIdentifier, reply?.serverIdentifier ?? server.identity),
    PXE_CLASS,
    ...machineIdentifier(request),
  ]
  if (item) options.push(bytesOption(OPTION.vendorSpecific, encodePxeVendor({ bootItem: item })))
  const { omit, malformed } = offer
  const laidOut = inFields(
    offer,
    fileFor(file, request),
    finished(options, { options: reply?.options, omit, malformed }, request),
  )
  return bootReply(request, {
    ciaddr: request.ciaddr,
    siaddr: reply?.nextServer ?? offer.nextServer ?? server.address,
    file: laidOut.file,
    options: laidOut.options,
    ended: !malformed?.includes('no-end'),
  })
}

export const foreignNak = (server: ForeignServerTraits, request: DhcpMessage): DhcpMessage =>
  bootReply(request, {
    options: [
      messageTypeOption('nak'),
      ip4Option(OPTION.serverIdentifier, server.identity),
      ...relayInformation(request),
    ],
  })

/** What the ACK of a lease says where that is not what the OFFER said. */
export const acknowledged = (offer: ForeignOffer, ack: ForeignAck | undefined): ForeignOffer => {
  if (!ack) return offer
  const { serverIdentifier, options = [], omit = [], bootFile, nextServer } = ack
  const own =
    serverIdentifier === undefined
      ? options
      : [ip4Option(OPTION.serverIdentifier, serverIdentifier), ...options]
  return {
    ...offer,
    ...written({ bootFile, nextServer }),
    options: [...(offer.options ?? []).filter(({ code }) => !own.some(each => each.code === code)), ...own],
    omit: [...(offer.omit ?? []), ...omit],
  }
}

/** Options in header fields (52), the boot file in option 67 where its field is needed. */
const inFields = (
  { overload }: ForeignOffer,
  file: string,
  options: readonly DhcpOption[],
): { readonly file: string; readonly options: readonly DhcpOption[] } => {
  if (!overload) return { file, options }
  const said = overloaded({ options, bootFile: file, nextServer: undefined }, overload)
  return { file: said.bootFile, options: said.options }
}

const leaseOptions = (server: ForeignServerTraits, { pool }: LeaseTerms): DhcpOption[] => [
  u32Option(OPTION.leaseTime, Math.floor(server.leaseTime / SECOND)),
  ip4Option(OPTION.subnetMask, netmask(pool.prefixLength)),
  ...(pool.router === undefined ? [] : [ip4Option(OPTION.router, pool.router)]),
]

const ipxeOption = ({ ipxe }: ForeignOffer): DhcpOption | undefined => {
  const parts: Uint8Array[] = []
  if (ipxe?.priority !== undefined) parts.push(Uint8Array.of(IPXE.priority, 1, ipxe.priority & 255))
  if (ipxe?.noProxy) parts.push(Uint8Array.of(IPXE.noProxy, 1, 1))
  return parts.length === 0 ? undefined : bytesOption(IPXE.option, concat(parts))
}

/** The given options over the defaults, then what is to be missing or broken; RFC 3046 §2.1: option 82 last. */
const finished = (
  defaults: readonly DhcpOption[],
  { options = [], omit, malformed }: Pick<ForeignOffer, 'options' | 'omit' | 'malformed'>,
  request: DhcpMessage,
): DhcpOption[] => {
  const kept = defaults.filter(({ code }) => !options.some(given => given.code === code))
  const all = [...kept, ...options, ...relayInformation(request)]
  return broken(all, malformed).filter(({ code }) => !omit?.includes(code))
}

const BAD_LEASE_TIME = bytesOption(OPTION.leaseTime, Uint8Array.of(0, 14, 16))

const broken = (options: DhcpOption[], malformed: ForeignOffer['malformed']): DhcpOption[] => {
  if (!malformed?.includes('bad-length-51')) return options
  const others = options.filter(({ code }) => code !== OPTION.leaseTime)
  return [...others.slice(0, 2), BAD_LEASE_TIME, ...others.slice(2)]
}

const machineIdentifier = (request: DhcpMessage): DhcpOption[] =>
  echoed(request, OPTION.clientMachineIdentifier)
const relayInformation = (request: DhcpMessage): DhcpOption[] => echoed(request, OPTION.relayAgentInformation)

const echoed = (request: DhcpMessage, code: number): DhcpOption[] => {
  const value = first(request, code)
  return value ? [bytesOption(code, value)] : []
}

const namesFile = (offer: ForeignOffer): boolean =>
  offer.bootFile !== undefined || (offer.options?.some(({ code }) => code === OPTION.bootFileName) ?? false)

const fileFor = (bootFile: string | undefined, request: DhcpMessage): string =>
  bootFile?.includes('{mac}') ? bootFile.replaceAll('{mac}', formatMac(clientMac(request))) : (bootFile ?? '')
