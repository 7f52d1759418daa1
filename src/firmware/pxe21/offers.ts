/**
 * How PXE 2.1 clients read a DHCP reply and sort it into a class: what EDK2 does (PxeBcParseDhcp4Packet), and Intel's
 * BIOS ROMs, whose base code is its ancestor (B-10). Does not say which replies are kept or chosen: there each has its
 * own rules.
 */
import { type Ip4, ANY_IP4 } from '../../core/address.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION, first, serverIdentifier } from '../../wire/dhcp/options.ts'
import { isPxeClient } from '../../wire/pxe/client.ts'
import { type PxeVendorOptions, PXE_TAG, decodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import { type Received, nameIn, serverIdentity } from '../offer.ts'

/** E-18. `wfm` (43.1-5 only) is recognised and thrown away, `stray` (yiaddr 0, not PXE) is not kept either. */
export type OfferClass =
  'bootp' | 'dhcpPxe10' | 'proxyPxe10' | 'wfm' | 'dhcpBinl' | 'proxyBinl' | 'dhcpOnly' | 'stray'

/** A DHCP reply as the PXE driver sees it. */
export interface PxePacket {
  readonly message: DhcpMessage
  readonly source: Ip4
  /** Option 54, else siaddr, else the source: for people, the driver never needs it. */
  readonly identity: Ip4
  readonly class: OfferClass
  readonly proxy: boolean
  readonly vendor: PxeVendorOptions | undefined
  /** Undefined = none; an option 67 without text is a name, but an empty one. */
  readonly bootFile: string | undefined
}

export const readPacket = ({ message, source }: Received): PxePacket => {
  const pxe = isPxeClient(message) // E-16
  const proxy = message.yiaddr === ANY_IP4 // E-16
  const vendorBytes = pxe ? first(message, OPTION.vendorSpecific) : undefined
  const decoded = vendorBytes && decodePxeVendor(vendorBytes)
  const vendor = decoded?.ok ? decoded.value : undefined
  const bootFile = bootFileOf(message)
  const type = first(message, OPTION.messageType)?.[0] ?? 0
  const marks: Marks = { bootp: type === 0, pxe, proxy, tags: vendor?.tags ?? NO_TAGS }
  const identity = serverIdentity(message, source)
  return { message, source, identity, class: classOf(marks), proxy, vendor, bootFile }
}

/** E-17: option 67, else the field `file`; the decoder has left `file` empty where it is overloaded. */
const bootFileOf = (message: DhcpMessage): string | undefined => {
  const option = first(message, OPTION.bootFileName)
  if (option !== undefined) return nameIn(option)
  return message.file === '' ? undefined : message.file
}

/** What decides the class of a reply. */
export interface Marks {
  /** No option 53. */
  readonly bootp: boolean
  readonly pxe: boolean
  readonly proxy: boolean
  /** Of option 43. */
  readonly tags: readonly number[]
}

export const classOf = (marks: Marks): OfferClass => CLASSES.find(({ holds }) => holds(marks))!.class

const NO_TAGS: readonly number[] = []
const DISCOVERY_TAGS: readonly number[] = [
  PXE_TAG.discoveryControl,
  PXE_TAG.discoveryMulticastAddress,
  PXE_TAG.bootServers,
  PXE_TAG.bootMenu,
  PXE_TAG.menuPrompt,
]
const MTFTP_TAGS: readonly number[] = [1, 2, 3, 4, 5]

const anyDiscovery = (marks: Marks) => marks.tags.some(tag => DISCOVERY_TAGS.includes(tag))
const allMtftp = (marks: Marks) => MTFTP_TAGS.every(tag => marks.tags.includes(tag))

/** E-18, top to bottom. */
const CLASSES: readonly { readonly holds: (marks: Marks) => boolean; readonly class: OfferClass }[] = [
  { holds: marks => marks.bootp, class: 'bootp' },
  { holds: marks => marks.pxe && !marks.proxy && anyDiscovery(marks), class: 'dhcpPxe10' },
  { holds: marks => marks.pxe && marks.proxy && anyDiscovery(marks), class: 'proxyPxe10' },
  { holds: marks => marks.pxe && allMtftp(marks), class: 'wfm' },
  { holds: marks => marks.pxe && !marks.proxy, class: 'dhcpBinl' },
  { holds: marks => marks.pxe && marks.proxy, class: 'proxyBinl' },
  { holds: marks => !marks.proxy, class: 'dhcpOnly' }, // E-53: so is an HTTPClient offer
  { holds: () => true, class: 'stray' },
]

/** Option 54, if it is there and names somebody. */
export const namedServer = (message: DhcpMessage): Ip4 | undefined => {
  const identifier = serverIdentifier(message)
  return identifier === ANY_IP4 ? undefined : identifier
}
