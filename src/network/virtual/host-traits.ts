/**
 * What stacks differ in, and the stack of an ordinary server.
 */
import { SECOND } from '../../core/micros.ts'
import type { ArpTraits } from './arp.ts'

/** How a host's stack behaves where stacks differ. */
export interface HostTraits {
  /** While an interface has no address, it takes unicasts to any address that come to its MAC. */
  readonly acceptsUnicastUnconfigured: boolean
  readonly sendsPortUnreachable: boolean
  readonly ttl: number
  readonly arp: ArpTraits
  /** A router: passes on what is not for itself. */
  readonly forwards: boolean
}

export const SERVER_TRAITS: HostTraits = {
  acceptsUnicastUnconfigured: true,
  sendsPortUnreachable: true,
  ttl: 64,
  arp: { tries: 3, interval: SECOND },
  forwards: false,
}
