/**
 * Which DHCP replies EDK2 lets in, and which it keeps (PxeBcCacheDhcp4Offer). Does not choose among what is kept:
 * `select.ts` does.
 */
import { OPTION } from '../../wire/dhcp/options.ts'
import { lengthFits, optionShape } from '../../wire/dhcp/option-formats.ts'
import type { Received } from '../offer.ts'
import type { OfferClass, PxePacket } from '../pxe21/offers.ts'
import type { Edk2Profile } from './profile.ts'

/** E-10: what does not fit the driver's packet buffer is dropped. */
export const MAX_PACKET_SIZE = 1472

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
