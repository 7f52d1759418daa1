/**
 * Which addresses EDK2's network stack takes: of a station (E-107, E-108) and of a router (E-106). Does not say what
 * happens where it does not.
 */
import {
  ANY_IP4,
  type Ip4,
  LIMITED_BROADCAST,
  directedBroadcast,
  netmask,
  networkOf,
  prefixLengthOf,
} from '../../core/address.ts'
import type { Edk2Profile } from './profile.ts'

type Limits = Pick<Edk2Profile, 'freePrefixes'>

/** NetIp4IsUnicast: neither the network nor its broadcast address, in networks that have such. */
const isUnicast = (ip: Ip4, prefixLength: number, { freePrefixes }: Limits): boolean => {
  if (ip === ANY_IP4 || ip === LIMITED_BROADCAST) return false
  if (freePrefixes.includes(prefixLength)) return true
  const network = networkOf(ip, prefixLength)
  return ip !== network && ip !== directedBroadcast({ network, prefixLength })
}

/** A mask is a run of ones and then zeros. 0.0.0.0 as a station is let through, to fail later. */
export const takesStation = (ip: Ip4, mask: Ip4, profile: Limits): boolean => {
  const prefixLength = prefixLengthOf(mask)
  return mask === netmask(prefixLength) && (ip === ANY_IP4 || isUnicast(ip, prefixLength, profile))
}

/** `offSubnet`: of another subnet; `notHost`: a network or broadcast address. */
export type RouterFault = 'offSubnet' | 'notHost'

/** Undefined: a router that can be used. */
export const routerFault = (router: Ip4, ip: Ip4, mask: Ip4, profile: Limits): RouterFault | undefined => {
  const prefixLength = prefixLengthOf(mask)
  if (!isUnicast(router, prefixLength, profile)) return 'notHost'
  const isOnLink = prefixLength === 32 || networkOf(router, prefixLength) === networkOf(ip, prefixLength)
  return isOnLink ? undefined : 'offSubnet'
}
