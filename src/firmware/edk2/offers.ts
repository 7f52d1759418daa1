/**
 * How EDK2 reads a DHCP reply, sorts it into a class, and which replies it keeps (PxeBcParseDhcp4Packet,
 * PxeBcCacheDhcp4Offer). Does not choose among what is kept: `select.ts` does.
 */
import { type Ip4, ANY_IP4 } from '../../core/address.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION, first, serverIdentifier } from '../../wire/dhcp/options.ts'
import { lengthFits, optionShape } from '../../wire/dhcp/option-formats.ts'
import { isPxeClient } from '../../wire/pxe/client.ts'
import { type PxeVendorOptions, PXE_TAG, decodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import { type Received, nameIn, serverIdentity } from '../offer.ts'
import type { Edk2Profile } from './profile.ts'

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

/** E-10: what does not fit the driver's packet buffer is dropped. */
export const MAX_PACKET_SIZE = 1472

export const readPacket = ({ message, source }: Received): PxePacket => {
  const pxe = isPxeClient(message) // E-16
  const proxy = message.yiaddr === ANY_IP4 // E-16
  const vendorBytes = pxe ? first(message, OPTION.vendorSpecific) : undefined
  const decoded = vendorBytes && decodePxeVendor(vendorBytes)
  const vendor = decoded?.ok ? decoded.value : undefined
  const bootFile = bootFileOf(message)
  const type = first(message, OPTION.messageType)?.[0] ?? 0
  const marks: Marks = { bootp: type === 0, pxe, proxy, tags: vendor?.tags ?? NO_TAGS }
  const rule = CLASSES.find(candidate => candidate.holds(marks))!
  const identity = serverIdentity(message, source)
  return { message, source, identity, class: rule.class, proxy, vendor, bootFile }
}

/** E-17: option 67, else the field `file`; the decoder has left `file` empty where it is overloaded. */
const bootFileOf = (message: DhcpMessage): string | undefined => {
  const option = first(message, OPTION.bootFileName)
  if (option !== undefined) return nameIn(option)
  return message.file === '' ? undefined : message.file
}

interface Marks {
  readonly bootp: boolean
  readonly pxe: boolean
  readonly proxy: boolean
  readonly tags: readonly number[]
}

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

/** E-11: the DHCP driver's own check of a packet, before anybody looks at it. */
export const isWellFormed = ({ message, size }: Received): boolean => {
  if (size > MAX_PACKET_SIZE || !message.ended) return false // E-10, E-11
  return message.options.every(({ code, value }) => isLegal(code, value))
}

/** E-11: the driver knows the options of RFC 2132 (to 76) and 121; whatever else comes, it lets pass. */
const isLegal = (code: number, value: Uint8Array): boolean => {
  if (code > OPTION.streetTalkDirectoryAssistance && code !== OPTION.classlessStaticRoute) return true
  const shape = optionShape(code)
  if (shape === undefined) return true
  if (!lengthFits(shape, value.length)) return false
  if (shape.format === 'bool') return value[0]! <= 1
  if (code === OPTION.optionOverload) return value[0]! >= 1 && value[0]! <= 3
  return code !== OPTION.messageType || (value[0]! >= 1 && value[0]! <= 9)
}

/** Option 54, if it is there and names somebody. */
export const namedServer = (message: DhcpMessage): Ip4 | undefined => {
  const identifier = serverIdentifier(message)
  return identifier === ANY_IP4 ? undefined : identifier
}

/** E-14: what arrived in this and in earlier windows and was kept, by class and in order of arrival. */
export class OfferCache {
  readonly #profile: Edk2Profile
  readonly #byClass = new Map<OfferClass, PxePacket[]>()
  /** Of all classes: at most `maxOffers`. */
  count = 0
  /** E-21: set by every yiaddr-0 offer, kept or not. */
  proxySeen = false

  constructor(profile: Edk2Profile) {
    this.#profile = profile
  }

  of(wanted: OfferClass): readonly PxePacket[] {
    return this.#byClass.get(wanted) ?? NO_OFFERS
  }

  /** False: not kept. */
  add(packet: PxePacket): boolean {
    if (this.count >= this.#profile.maxOffers) return false // E-14
    if (packet.proxy && packet.class !== 'bootp' && packet.class !== 'wfm') this.proxySeen = true // E-21
    if (!this.#isKept(packet)) return false
    const same = this.#byClass.get(packet.class)
    if (same) same.push(packet)
    else this.#byClass.set(packet.class, [packet])
    this.count++
    return true
  }

  /** E-15, E-19. */
  #isKept(packet: PxePacket): boolean {
    switch (packet.class) {
      case 'dhcpOnly':
      case 'dhcpPxe10':
      case 'dhcpBinl':
      case 'proxyBinl':
        return true
      case 'proxyPxe10':
        return this.#profile.keepsProxyPxe10 === 'first' && this.of('proxyPxe10').length === 0
      case 'bootp':
        return packet.bootFile !== undefined && this.of('bootp').length === 0
      case 'wfm':
      case 'stray':
        return false
    }
  }
}

const NO_OFFERS: readonly PxePacket[] = []
