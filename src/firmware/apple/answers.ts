/**
 * Reads what BSDP servers answer a Mac, by the rules of firmware (option 60 begins so) or of Apple's library (option
 * 60 is exactly so, and more). Does not choose between answers.
 */
import { ANY_IP4, type Ip4 } from '../../core/address.ts'
import { isBsdp, isStrictlyBsdp } from '../../wire/bsdp/class-identifier.ts'
import { BSDP_MESSAGE, type BootImage, type BsdpContent } from '../../wire/bsdp/content.ts'
import { bsdpContent } from '../../wire/bsdp/decode.ts'
import type { ImageId } from '../../wire/bsdp/image-id.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { bootFileName, clientMac, messageType, serverIdentifier } from '../../wire/dhcp/options.ts'
import { type Received, serverIdentity } from '../offer.ts'
import type { Mac } from './mac.ts'

/** An ACK[LIST]. */
export interface ListAnswer {
  readonly server: Ip4
  readonly priority: number
  readonly defaultImage: ImageId | undefined
  /** Sub-option 8: the server says that the Mac is bound to it. */
  readonly selectedImage: ImageId | undefined
  readonly images: readonly BootImage[]
}

/** From where to load: of an ACK[SELECT], a BSDP OFFER, or a combined offer. */
export interface BootSource {
  readonly server: Ip4
  readonly tftpServer: Ip4
  readonly file: string
}

const NO_IMAGES: readonly BootImage[] = []

/** BSDP content of a message that may be trusted as a whole; undefined = not BSDP, or damaged. */
export const bsdpOf = (message: DhcpMessage, strict: boolean): BsdpContent | undefined => {
  if (strict ? !isStrictlyBsdp(message) : !isBsdp(message)) return undefined
  const read = bsdpContent(message)
  return read.ok && read.value.intact ? read.value : undefined
}

/** A DHCPOFFER that leases no address but says from where to boot. */
export const isBsdpOffer = (message: DhcpMessage): boolean =>
  messageType(message) === 'offer' && message.yiaddr === ANY_IP4 && selectedIn(message)

/** Address and image in one offer, as recipes for ISC dhcpd make it. */
export const isCombinedOffer = (message: DhcpMessage): boolean =>
  messageType(message) === 'offer' && message.yiaddr !== ANY_IP4 && selectedIn(message)

const selectedIn = (message: DhcpMessage): boolean => bsdpOf(message, false)?.selectedImage !== undefined

export const sourceOf = ({ message, source }: Received): BootSource => {
  const server = serverIdentity(message, source)
  return {
    server,
    tftpServer: message.siaddr === ANY_IP4 ? server : message.siaddr,
    file: message.file === '' ? (bootFileName(message) ?? '') : message.file,
  }
}

/** what the library demands besides; firmware is content with class, xid and chaddr. */
export const isForThisMac = ({ pc }: Mac, message: DhcpMessage, address: Ip4, strict: boolean): boolean =>
  messageType(message) === 'ack' &&
  clientMac(message) === pc.mac &&
  (!strict || (message.ciaddr === address && serverIdentifier(message) !== undefined))

/** Undefined: no list, or one that is thrown away. An image id of 0 is skipped; the last five bytes alone too. */
export const readList = ({ message, source }: Received, strict: boolean): ListAnswer | undefined => {
  const content = bsdpOf(message, strict)
  if (content?.messageType !== BSDP_MESSAGE.list || !content.listIntact) return undefined
  const all = content.images ?? NO_IMAGES
  const lacksTail = strict && all.at(-1)?.name === ''
  const images = all.slice(0, lacksTail ? -1 : undefined).filter(({ id }) => id !== 0)
  if (strict && images.length === 0) return undefined
  return {
    server: serverIdentity(message, source),
    priority: content.priority ?? 0,
    defaultImage: content.defaultImage,
    selectedImage: content.selectedImage,
    images,
  }
}

export const isFailure = (content: BsdpContent): boolean => content.messageType === BSDP_MESSAGE.failed
export const isSelection = (content: BsdpContent): boolean => content.messageType === BSDP_MESSAGE.select
