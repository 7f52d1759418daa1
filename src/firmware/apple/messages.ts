/**
 * The messages of a Mac: DHCP with the BSDP marks in it, and the INFORMs of BSDP. Does not
 * decide when one is sent.
 */
import type { Ip4 } from '../../core/address.ts'
import { type MacIdentity, bsdpClassIdentifier } from '../../wire/bsdp/class-identifier.ts'
import { BSDP_MESSAGE, BSDP_VERSION, type BsdpContent } from '../../wire/bsdp/content.ts'
import { bsdpOptions } from '../../wire/bsdp/encode.ts'
import type { ImageId } from '../../wire/bsdp/image-id.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import { BROADCAST_FLAG, type DhcpOption } from '../../wire/dhcp/message.ts'
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
import type { Pc } from '../pc.ts'
import type { AppleProfile } from './profile.ts'

export interface Sender {
  readonly pc: Pick<Pc, 'mac'>
  readonly profile: Pick<AppleProfile, 'architecture' | 'model'>
}

interface Stamp {
  readonly xid: number
  readonly secs: number
}

const LARGEST_MESSAGE = u16Option(OPTION.maximumMessageSize, 1500)
const list = (...codes: readonly number[]): DhcpOption =>
  bytesOption(OPTION.parameterRequestList, Uint8Array.from(codes))
const DHCP_LIST = list(1, 3, 17, 43, 60)
/** The firmware asks for 43 and 60, the library for 60 and 43. */
const FIRMWARE_LIST = list(43, 60)
const LIBRARY_LIST = list(60, 43)

/** `plain`: of a running system, which does not announce itself to boot servers. */
export const discoverMessage = (sender: Sender, stamp: Stamp, plain = false): Uint8Array =>
  encodeDhcp(
    bootRequest({
      ...stamp,
      flags: BROADCAST_FLAG,
      chaddr: chaddrOf(sender.pc.mac),
      options: [
        messageTypeOption('discover'),
        DHCP_LIST,
        LARGEST_MESSAGE,
        ...(plain ? [] : marks(sender, {})),
      ],
    }),
  )

export const requestMessage = (
  sender: Sender,
  stamp: Stamp & { readonly server: Ip4; readonly address: Ip4 },
  plain = false,
): Uint8Array =>
  encodeDhcp(
    bootRequest({
      xid: stamp.xid,
      secs: stamp.secs,
      flags: BROADCAST_FLAG,
      chaddr: chaddrOf(sender.pc.mac),
      options: [
        messageTypeOption('request'),
        ip4Option(OPTION.requestedIpAddress, stamp.address),
        ip4Option(OPTION.serverIdentifier, stamp.server),
        DHCP_LIST,
        LARGEST_MESSAGE,
        ...(plain ? [] : marks(sender, {})),
      ],
    }),
  )

/** nobody answered the LIST, so the address goes back. */
export const releaseMessage = (sender: Sender, address: Ip4, server: Ip4, xid: number): Uint8Array =>
  encodeDhcp(
    bootRequest({
      xid,
      ciaddr: address,
      chaddr: chaddrOf(sender.pc.mac),
      options: [messageTypeOption('release'), ip4Option(OPTION.serverIdentifier, server)],
    }),
  )

export interface InformExtras {
  /** Apple's library: other order of option 55, and a size for large lists. */
  readonly library?: boolean
  readonly replyPort?: number
  readonly attributesFilter?: readonly number[]
}

/** What the library can receive (sub-option 12). */
const RECEIVE_SIZE = 8192

export const listMessage = (
  sender: Sender,
  stamp: Stamp & { readonly address: Ip4 },
  { library = false, replyPort, attributesFilter }: InformExtras = {},
): Uint8Array =>
  inform(sender, stamp, library, {
    messageType: BSDP_MESSAGE.list,
    ...(replyPort !== undefined && { replyPort }),
    ...(library && { maxMessageSize: RECEIVE_SIZE }),
    ...(attributesFilter && { attributesFilter }),
  })

export const selectMessage = (
  sender: Sender,
  stamp: Stamp & { readonly address: Ip4 },
  choice: { readonly server: Ip4; readonly image: ImageId | undefined },
  { library = false, replyPort }: InformExtras = {},
): Uint8Array =>
  inform(sender, stamp, library, {
    messageType: BSDP_MESSAGE.select,
    serverIdentifier: choice.server,
    ...(choice.image !== undefined && { selectedImage: choice.image }),
    ...(replyPort !== undefined && { replyPort }),
  })

const inform = (
  sender: Sender,
  { xid, secs, address }: Stamp & { readonly address: Ip4 },
  library: boolean,
  content: Partial<BsdpContent>,
): Uint8Array =>
  encodeDhcp(
    bootRequest({
      xid,
      secs,
      ciaddr: address,
      chaddr: chaddrOf(sender.pc.mac),
      options: [
        messageTypeOption('inform'),
        library ? LIBRARY_LIST : FIRMWARE_LIST,
        LARGEST_MESSAGE,
        ...marks(sender, content),
      ],
    }),
  )

const marks = ({ profile }: Sender, content: Partial<BsdpContent>): DhcpOption[] => {
  const identity: MacIdentity = { architecture: profile.architecture, systemId: profile.model }
  return [
    textOption(OPTION.classIdentifier, bsdpClassIdentifier(identity)),
    ...bsdpOptions({ ...content, version: BSDP_VERSION.v1_1 }),
  ]
}
