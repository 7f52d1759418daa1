/**
 * What a service asks about the addresses of its host: those that clients know it by. Does not change any.
 */
import type { Ip4 } from '../core/address.ts'
import type { Host } from './port.ts'

type Addressed = Pick<Host, 'interfaces'>

/** The first address of the interface, which a server there names as its own; undefined if it has none. */
export const addressOn = (host: Addressed, iface: string): Ip4 | undefined => {
  for (const { name, addresses } of host.interfaces) if (name === iface) return addresses[0]?.ip
  return undefined
}

export const isOwnAddress = (host: Addressed, ip: Ip4): boolean => {
  for (const { addresses } of host.interfaces)
    for (const address of addresses) if (address.ip === ip) return true
  return false
}
