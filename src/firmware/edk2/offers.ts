/**
 * Which DHCP replies EDK2 keeps (PxeBcCacheDhcp4Offer). Does not choose among what is kept: `select.ts` does.
 */
import type { OfferClass } from '../pxe21/offers.ts'
import type { Edk2Profile } from './profile.ts'
import type { StoredPacket } from './stored-packet.ts'

/** E-10: what does not fit the PXE driver's packet buffer is dropped. */
export const MAX_PACKET_SIZE = 1472

/** E-14: what arrived in this and in earlier windows and was kept, by class and in order of arrival. */
export class OfferCache {
  readonly #profile: Edk2Profile
  readonly #byClass = new Map<OfferClass, StoredPacket[]>()
  /** Of all classes: at most `maxOffers`. */
  count = 0
  /** E-21: set by every yiaddr-0 offer, kept or not. */
  proxySeen = false

  constructor(profile: Edk2Profile) {
    this.#profile = profile
  }

  of(wanted: OfferClass): readonly StoredPacket[] {
    return this.#byClass.get(wanted) ?? NO_OFFERS
  }

  /** False: not kept. */
  add(packet: StoredPacket): boolean {
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
  #isKept(packet: StoredPacket): boolean {
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

const NO_OFFERS: readonly StoredPacket[] = []
