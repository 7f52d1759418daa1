/**
 * Which offers a BIOS ROM tries, in which order (B-6 … B-10): the classes of EDK2, whose ancestor wrote the same
 * tables, but with the next server of a class behind the first. Does not send anything.
 */
import { ANY_IP4 } from '../../core/address.ts'
import { DISCOVERY_CONTROL, PXE_TAG } from '../../wire/pxe/vendor-options.ts'
import type { RomProfile } from './profile.ts'
import type { RomError } from './rom.ts'
import type { OfferClass, PxePacket } from '../pxe21/offers.ts'

export interface Candidate {
  /** Number in E-22, whose order B-10 shares. */
  readonly rule: number
  readonly lease: PxePacket
  readonly from: 'ack' | 'proxyOffer' | 'port4011' | 'bootp'
  readonly proxies: readonly PxePacket[]
}

export class RomOffers {
  readonly #profile: RomProfile
  readonly #byClass = new Map<OfferClass, PxePacket[]>()
  /** B-10: servers that gave no ACK, or nothing on port 4011. */
  readonly #failed = new Set<PxePacket>()
  #lastFailure: RomError | undefined
  /** B-6: what was wrong with the first offer that was rejected. */
  fault: RomError | undefined
  #count = 0

  constructor(profile: RomProfile) {
    this.#profile = profile
  }

  of(...classes: readonly OfferClass[]): readonly PxePacket[] {
    return classes.flatMap(wanted => this.#byClass.get(wanted) ?? [])
  }

  /** Undefined: kept. */
  add(packet: PxePacket): 'full' | 'useless' | RomError | undefined {
    if (this.#count >= this.#profile.maxOffers) return 'full' // B-5
    if (packet.class === 'wfm' || packet.class === 'stray') return 'useless' // B-7
    if (packet.class === 'proxyPxe10' && this.of('proxyPxe10').length > 0) return 'useless' // B-7
    const fault = contradiction(packet)
    if (fault) {
      this.fault ??= fault
      return fault
    }
    const same = this.#byClass.get(packet.class)
    if (same) same.push(packet)
    else this.#byClass.set(packet.class, [packet])
    this.#count++
    return undefined
  }

  /** B-10: these are not tried again, unless they make a new offer. */
  fail(packets: readonly PxePacket[], error: RomError): void {
    for (const packet of packets) this.#failed.add(packet)
    this.#lastFailure = error
  }

  /** B-10, E-22; B-12: inside a class in order of arrival. `windows`: how many have passed. */
  candidates(windows: number): Candidate[] {
    const { dbWithFile, proxyFileNo43, plainDhcpAfterWindows } = this.#profile
    const plain = this.of('dhcpOnly')
    const proxies = this.of('proxyPxe10')
    const binl = this.of('proxyBinl').filter(proxy => !this.#failed.has(proxy))
    const direct = proxyFileNo43 === 'direct' ? binl.find(proxy => proxy.bootFile !== undefined) : undefined
    const all: Candidate[] = [
      ...this.of('dhcpPxe10').map(lease => ({ rule: 1, lease, from: 'ack', proxies: [] }) as const),
      ...(proxies.length === 0 ? [] : plain).map(
        lease => ({ rule: 3, lease, from: 'proxyOffer', proxies }) as const,
      ),
      ...this.of('dhcpBinl').map(lease =>
        dbWithFile === 'direct' && lease.bootFile !== undefined // B-15
          ? ({ rule: 5, lease, from: 'ack', proxies: [] } as const)
          : ({ rule: 5, lease, from: 'port4011', proxies: [lease] } as const),
      ),
      ...(binl.length === 0 ? [] : plain).map(lease =>
        direct // B-16
          ? ({ rule: 6, lease, from: 'proxyOffer', proxies: [direct] } as const)
          : ({ rule: 6, lease, from: 'port4011', proxies: binl } as const),
      ),
      ...(windows < plainDhcpAfterWindows ? [] : plain) // B-8
        .filter(lease => lease.bootFile !== undefined)
        .map(lease => ({ rule: 7, lease, from: 'ack', proxies: [] }) as const),
      ...this.of('bootp')
        .filter(lease => lease.bootFile !== undefined)
        .map(lease => ({ rule: 8, lease, from: 'bootp', proxies: [] }) as const),
    ]
    return all.filter(({ lease }) => !this.#failed.has(lease))
  }

  /** Why nothing could be booted, after the last window. */
  verdict(): RomError {
    if (this.fault) return this.fault
    if (this.of('dhcpOnly', 'dhcpPxe10', 'dhcpBinl', 'bootp').length > 0)
      return this.#lastFailure ?? 'PXE-E53'
    return this.#count > 0 ? 'PXE-E52' : 'PXE-E51'
  }
}

/** B-6, S-11: discovery options that cannot be followed. With bit 3 and a file nothing is discovered. */
const contradiction = ({ class: kind, vendor, bootFile }: PxePacket): RomError | undefined => {
  if (vendor === undefined || (kind !== 'dhcpPxe10' && kind !== 'proxyPxe10')) return undefined
  const control = vendor.discoveryControl ?? 0
  const has = (bit: number) => (control & bit) !== 0
  if (has(DISCOVERY_CONTROL.bootFileAtOnce) && bootFile !== undefined) return undefined
  if (!has(DISCOVERY_CONTROL.noMulticast) && (vendor.multicastAddress ?? ANY_IP4) === ANY_IP4)
    return 'PXE-E76'
  const castless = has(DISCOVERY_CONTROL.noMulticast) && has(DISCOVERY_CONTROL.noBroadcast)
  if ((castless || has(DISCOVERY_CONTROL.listedServersOnly)) && !vendor.bootServers?.length) return 'PXE-E77'
  const complete = vendor.tags.includes(PXE_TAG.bootMenu) && vendor.tags.includes(PXE_TAG.menuPrompt)
  return complete && vendor.bootMenu?.length ? undefined : 'PXE-E74'
}
