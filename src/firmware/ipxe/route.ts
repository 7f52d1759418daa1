/**
 * Where iPXE sends a packet on the link (net/ipv4.c), where that is not what other stacks do (I-29). Does not send.
 */
import { BROADCAST_MAC, type Ip4, ip4Number, maskedBy, netmask } from '../../core/address.ts'
import type { Destination } from '../../core/state-machine.ts'
import type { Address } from '../../network/port.ts'
import type { IpxeProfile } from './profile.ts'

export interface Sender {
  readonly station?: Address
  readonly profile: Pick<IpxeProfile, 'broadcastsToLast'>
}

/**
 * With the link-layer address, where ARP is not asked: older builds take the next hop for the broadcast address of the
 * network if no bit of its host part is 0, and under a mask of 32 ones that is every address beyond the router.
 */
export const linkedTo = ({ station, profile }: Sender, to: Destination): Destination => {
  if (!profile.broadcastsToLast || station === undefined) return to
  const next = nextHop(station, to.ip)
  const hostBits = ~ip4Number(maskOf(station))
  return next !== undefined && (~ip4Number(next) & hostBits) === 0 ? { ...to, mac: BROADCAST_MAC } : to
}

const nextHop = (station: Address, to: Ip4): Ip4 | undefined =>
  maskedBy(to, maskOf(station)) === maskedBy(station.ip, maskOf(station)) ? to : station.router

const maskOf = ({ mask, prefixLength }: Address): Ip4 => mask ?? netmask(prefixLength)
