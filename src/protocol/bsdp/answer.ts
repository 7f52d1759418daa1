/**
 * Builds the four answers of a BSDP server and says where they go. Does not decide which is sent.
 */
import {
  ANY_IP4,
  type Ip4,
  LIMITED_BROADCAST,
  formatIp4,
  formatMac,
  isLoopbackIp,
} from '../../core/address.ts'
import type { Destination } from '../../core/state-machine.ts'
import { BSDP_CLASS } from '../../wire/bsdp/class-identifier.ts'
import { BSDP_VERSION, type BsdpContent } from '../../wire/bsdp/content.ts'
import { encodeBsdp } from '../../wire/bsdp/encode.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  bytesOption,
  classIdentifier,
  ip4Option,
  maximumMessageSize,
  messageTypeOption,
  textOption,
} from '../../wire/dhcp/options.ts'
import { type NetBootImage, bootPath, rootPathOf } from './images.ts'
import type { BsdpBehavior } from './behavior.ts'
import { type BsdpRecord, machineName } from './records.ts'
import type { BsdpRequest } from './request.ts'
import type { ShadowAccount } from './shadow-accounts.ts'

/** RFC 2131 §2: what every client takes, less what the header and the cookie need. */
const MINIMUM_PACKET = 548
const MAXIMUM_PACKET = { inform: 8192, discover: 1500 } as const
const IP_AND_UDP = 28
const HEADER_AND_COOKIE = 240

export interface AnswerParts {
  readonly type: 'offer' | 'ack'
  readonly content: Partial<BsdpContent>
  /** Of ACK[SELECT] and OFFER. */
  readonly boot?: {
    readonly server: Ip4
    readonly serverName: string
    readonly file: string
    readonly rootPath: string | undefined
  }
}

export interface BuiltAnswer {
  readonly payload: Uint8Array
  /** How many images of the list found room. */
  readonly images: number
}

export const buildAnswer = (
  request: BsdpRequest,
  parts: AnswerParts,
  behavior: BsdpBehavior,
): BuiltAnswer => {
  const { message, self } = request
  const { boot } = parts
  const inOptions = behavior.names === 'options'
  const content = {
    ...parts.content,
    ...(behavior.sendsServerIdentifier && { serverIdentifier: self }),
  }
  const options: DhcpOption[] = [
    messageTypeOption(parts.type),
    ip4Option(OPTION.serverIdentifier, self),
    textOption(OPTION.classIdentifier, classOf(request, behavior)),
    ...(boot?.rootPath === undefined ? [] : [textOption(OPTION.rootPath, boot.rootPath)]),
    ...(boot && inOptions ? namesInOptions(boot) : []),
  ]
  const used = options.reduce((sum, { value }) => sum + 2 + value.length, 1)
  const room = Math.max(
    0,
    Math.min(optionRoom(request) - used, behavior.split === 'truncate' ? 257 : Infinity),
  )
  const { instances, images } = encodeBsdp(content, { room })
  const reply = bootReply(message, {
    ciaddr: parts.type === 'offer' ? ANY_IP4 : message.ciaddr,
    siaddr: inOptions ? ANY_IP4 : (boot?.server ?? self),
    sname: boot && !inOptions ? boot.serverName : '',
    file: boot && !inOptions ? boot.file : '',
    options: [...options, ...instances.map(value => bytesOption(OPTION.vendorSpecific, value))],
  })
  return { payload: encodeDhcp(reply), images }
}

/** Version 1.0 knows no image list. */
export const wantsImages = ({ content }: BsdpRequest): boolean => content.version === BSDP_VERSION.v1_1

/** an INFORM is answered at the client's own address, whatever relay it came by. */
export const ackDestination = (
  request: BsdpRequest,
  behavior: BsdpBehavior,
  clientPort: number,
): Destination => {
  const { message, content, source } = request
  const port = behavior.repliesTo === 'source-port' ? source.port : (content.replyPort ?? clientPort)
  return { ip: message.ciaddr, port }
}

/** The client has no address yet, so it hears broadcasts only, unless it is a test on loopback. */
export const offerDestination = (
  { message, source, iface }: BsdpRequest,
  ports: { readonly server: number; readonly client: number },
): Destination => {
  if (message.giaddr !== ANY_IP4) return { ip: message.giaddr, port: ports.server }
  const ip = isLoopbackIp(source.ip) ? source.ip : LIMITED_BROADCAST
  return { ip, port: ports.client, iface }
}

/** sub-option 12, else option 57, else the least. */
const optionRoom = ({ message, content, wants }: BsdpRequest): number => {
  const asked = content.maxMessageSize ?? maximumMessageSize(message) ?? MINIMUM_PACKET
  const cap = wants === 'offer' ? MAXIMUM_PACKET.discover : MAXIMUM_PACKET.inform
  return Math.min(Math.max(asked, MINIMUM_PACKET), cap) - IP_AND_UDP - HEADER_AND_COOKIE
}

const classOf = ({ message, client }: BsdpRequest, { classIdentifier: form }: BsdpBehavior): string => {
  if (form === 'echo') return classIdentifier(message) ?? BSDP_CLASS
  return form === 'architecture' ? `${BSDP_CLASS}/${client.architecture}` : BSDP_CLASS
}

const namesInOptions = (boot: NonNullable<AnswerParts['boot']>): DhcpOption[] => [
  textOption(OPTION.tftpServerName, formatIp4(boot.server)),
  textOption(OPTION.bootFileName, boot.file),
]

/** Sub-options of ACK[SELECT] and OFFER, but for the message type, which an OFFER does not have. */
export const bootContent = (
  request: BsdpRequest,
  record: BsdpRecord,
  image: NetBootImage,
  shadow: ShadowAccount | undefined,
  behavior: BsdpBehavior,
): Partial<BsdpContent> => {
  const name = machineNameFor(request, record, behavior)
  return {
    selectedImage: image.id,
    ...(name !== undefined && { machineName: name }),
    ...(shadow && {
      shadowMountPath: `afp://${shadow.user}:${shadow.password}@${formatIp4(request.self)}/NetBootClients0`,
      shadowFilePath: `${record.name}/Shadow`,
    }),
  }
}

const machineNameFor = (
  { mac }: BsdpRequest,
  record: BsdpRecord,
  { machineName: form }: BsdpBehavior,
): string | undefined => {
  if (form === 'none') return undefined
  if (form === 'mac') return `NetBoot${formatMac(mac).replaceAll(':', '')}`
  return form === 'fixed' ? machineName(1) : record.name
}

/** Where the client is to load from. */
export const bootSource = (
  { client, self }: BsdpRequest,
  image: NetBootImage,
  behavior: BsdpBehavior,
  hostName: string,
): NonNullable<AnswerParts['boot']> => {
  const other = image.loadBalanceServer
  const serverName = { host: hostName, address: formatIp4(self), empty: '' }[behavior.serverName]
  const isMade = image.architectures.includes(client.architecture)
  return {
    server: other ?? self,
    // with another machine's address the name field stays as it was asked.
    serverName: other === undefined ? serverName : '',
    file: bootPath(image, isMade ? client.architecture : (image.architectures[0] ?? '')),
    rootPath: rootPathOf(image, self),
  }
}
