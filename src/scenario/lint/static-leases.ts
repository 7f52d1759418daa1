/**
 * What a server leases on a subnet as far as its file says: addresses, mask, router and boot file, options counted
 * before what follows from the subnet. Shared by the rules about leases.
 */
import { type Ip4, ip4At, netmask } from '../../core/address.ts'
import { latin1Text } from '../../core/bytes.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import type { Pool, Server } from '../model.ts'
import { leasesOn } from './topology.ts'

export interface StaticLease {
  readonly first: Ip4
  readonly last: Ip4
  readonly mask: Ip4
  readonly router: Ip4 | undefined
  readonly bootFile: string | undefined
}

export const staticLeases = (server: Server, subnet: string): StaticLease[] => {
  if (server.kind === 'nbs' || !leasesOn(server, subnet)) return []
  const offers = server.kind === 'dhcp' ? [server] : [server, ...server.also].filter(isLease)
  return server.pools
    .filter(pool => pool.subnet === subnet)
    .flatMap(pool => offers.map(({ options, bootFile }) => leaseOf(pool, options, bootFile)))
}

const isLease = ({ role }: { readonly role: string }): boolean => role !== 'proxy'

const leaseOf = (pool: Pool, options: readonly DhcpOption[], bootFile: string | undefined): StaticLease => {
  const file = valueOf(options, OPTION.bootFileName)
  return {
    first: pool.first,
    last: pool.last,
    mask: addressIn(options, OPTION.subnetMask) ?? netmask(pool.prefixLength),
    router: addressIn(options, OPTION.router) ?? pool.router,
    bootFile: file === undefined ? bootFile : latin1Text(file),
  }
}

const valueOf = (options: readonly DhcpOption[], code: number): Uint8Array | undefined =>
  options.find(option => option.code === code)?.value

const addressIn = (options: readonly DhcpOption[], code: number): Ip4 | undefined => {
  const value = valueOf(options, code)
  return value && value.length >= 4 ? ip4At(value, 0) : undefined
}
