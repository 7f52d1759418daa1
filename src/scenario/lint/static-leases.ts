/**
 * What a server leases on a subnet as far as its file says: addresses, mask, router and boot file, options counted
 * before what follows from the subnet. Shared by the rules about leases.
 */
import { type Ip4, ip4At, netmask } from '../../core/address.ts'
import { latin1Text } from '../../core/bytes.ts'
import type { LeaseWords, Pool, Server } from '../../servers/kind.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import type { Scenario } from '../model.ts'
import { leasesOn } from './topology.ts'

export interface StaticLease {
  readonly server: string
  readonly subnet: string
  readonly first: Ip4
  readonly last: Ip4
  readonly mask: Ip4
  readonly router: Ip4 | undefined
  readonly bootFile: string | undefined
  /** It stands in option 67, without a NUL at its end. */
  readonly isUnclosed: boolean
}

/** Of every server, by subnet. */
export const staticLeases = (scenario: Scenario): StaticLease[] =>
  scenario.servers.flatMap(server => scenario.subnets.flatMap(({ name }) => leasesIn(scenario, server, name)))

const leasesIn = (scenario: Scenario, server: Server, subnet: string): StaticLease[] => {
  const words = leasesOn(scenario, server, subnet)
  if (!words) return []
  return server.pools.filter(pool => pool.subnet === subnet).map(pool => leaseOf(server, pool, words))
}

const leaseOf = (
  { name }: Server,
  { subnet, first, last, prefixLength, router }: Pool,
  { options, bootFile }: LeaseWords,
): StaticLease => {
  const valueOf = (code: number): Uint8Array | undefined =>
    options.find(option => option.code === code)?.value
  const addressIn = (code: number): Ip4 | undefined => {
    const value = valueOf(code)
    return value && value.length >= 4 ? ip4At(value, 0) : undefined
  }
  const file = valueOf(OPTION.bootFileName)
  return {
    server: name,
    subnet,
    first,
    last,
    mask: addressIn(OPTION.subnetMask) ?? netmask(prefixLength),
    router: addressIn(OPTION.router) ?? router,
    bootFile: file === undefined ? bootFile : latin1Text(file),
    isUnclosed: file !== undefined && file.length > 0 && file.at(-1) !== 0,
  }
}

/** A fault of a scope is told once, however many pools it has. */
export const firstOfEach = <T extends { readonly servers: readonly string[] }>(reports: readonly T[]): T[] =>
  reports.filter((report, i) => reports.findIndex(({ servers }) => servers[0] === report.servers[0]) === i)
