/**
 * Which of the kept offers EDK2 goes on with (PxeBcSelectDhcp4Offer, PxeBcHandleDhcp4Offer): a table of rules, of
 * which the first that fits wins. Does not send anything.
 */
import type { OfferCache } from './offers.ts'
import type { Edk2Profile } from './profile.ts'
import type { StoredPacket } from './stored-packet.ts'

export interface Selection {
  /** Number in E-22. */
  readonly rule: number
  /** Who is asked for the address. */
  readonly lease: StoredPacket
  /**
   * Where the boot information comes from (E-30): the lease server's ACK; a proxy's offer as it stands; port 4011 of
   * these servers, one after the other; or a BOOTP reply, which is lease and ACK in one.
   */
  readonly from: 'ack' | 'proxyOffer' | 'port4011' | 'bootp'
  /** The proxy offer, or whom to ask on 4011; empty for `ack` and `bootp`. */
  readonly proxies: readonly StoredPacket[]
  readonly because: string
}

interface Rule {
  readonly number: number
  readonly merges: boolean
  readonly choose: (offers: OfferCache) => Omit<Selection, 'rule' | 'because'> | undefined
  readonly because: string
}

/** E-22; rules 2 and 4 are for WfM 1.1a offers, which are never kept (E-18). E-23: inside a class the first wins. */
const RULES: readonly Rule[] = [
  {
    number: 1,
    merges: false,
    choose: offers => leaseFrom(offers.of('dhcpPxe10')[0], 'ack'),
    because: 'a DHCP offer with its own PXE options takes precedence over everything else',
  },
  {
    number: 3,
    merges: true,
    choose: offers => combined(offers, 'proxyOffer', offers.of('proxyPxe10')),
    because:
      'the first plain DHCP offer is combined with the first proxy offer with PXE options, and a boot file in the DHCP offer is ignored',
  },
  {
    number: 5,
    merges: false,
    choose: offers => {
      const lease = offers.of('dhcpBinl')[0]
      return lease && { lease, from: 'port4011', proxies: [lease] }
    },
    because:
      'a DHCP offer has option 60 PXEClient but no PXE options, so its server must be asked on port 4011',
  },
  {
    number: 6,
    merges: true,
    choose: offers => combined(offers, 'port4011', offers.of('proxyBinl')),
    because:
      'the first plain DHCP offer is combined with the proxies that must be asked on port 4011, in order of arrival',
  },
  {
    number: 7,
    merges: false,
    choose: offers => {
      const withFile = offers.of('dhcpOnly').find(offer => offer.bootFile !== undefined)
      return withFile && leaseWithFile(offers, withFile)
    },
    because: 'no PXE server is usable, so the first DHCP offer with a boot file is taken',
  },
  {
    number: 8,
    merges: false,
    choose: offers => leaseFrom(offers.of('bootp')[0], 'bootp'),
    because: 'the only usable reply is a BOOTP reply with a boot file',
  },
]

/** Rule 9: undefined, and the next window begins. E-24: so a plain offer without file or proxy is never asked for. */
export const selectOffer = (offers: OfferCache, profile: Edk2Profile): Selection | undefined => {
  for (const rule of RULES) {
    if (rule.merges && !profile.mergesProxyOffers) continue
    const choice = rule.choose(offers)
    if (choice) return { rule: rule.number, because: rule.because, ...choice }
  }
  return undefined
}

const leaseFrom = (lease: StoredPacket | undefined, from: 'ack' | 'bootp') =>
  lease && { lease, from, proxies: NO_PROXIES }

/** E-23: with a proxy the lease comes from the first plain offer, boot file or not. */
const combined = (offers: OfferCache, from: Selection['from'], proxies: readonly StoredPacket[]) => {
  const lease = offers.of('dhcpOnly')[0]
  return lease && proxies.length > 0 ? { lease, from, proxies } : undefined
}

/**
 * E-21: a yiaddr-0 offer was seen but none is usable, and the type of the wanted proxy offer is still 0, which is
 * DhcpOnly: the first plain offer is taken for the proxy's, whatever was selected.
 */
const leaseWithFile = (offers: OfferCache, lease: StoredPacket) =>
  offers.proxySeen
    ? { lease, from: 'proxyOffer' as const, proxies: offers.of('dhcpOnly').slice(0, 1) }
    : { lease, from: 'ack' as const, proxies: NO_PROXIES }

const NO_PROXIES: readonly StoredPacket[] = []
