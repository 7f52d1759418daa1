/**
 * What a server says of its interfaces as they come and go, and of the addresses it leases on them. Does not look at any.
 */
import type { Logger } from 'pino'
import { formatIp4 } from '../core/address.ts'
import type { AddressedInterface } from '../network/kernel/network.ts'
import type { LeasePool } from '../protocol/dhcp/leases.ts'
import type { StationNews } from './stations.ts'

/** Nothing where no addresses are leased. */
export const poolUse = (pools: readonly LeasePool[]): Readonly<Record<string, number>> => {
  if (pools.length === 0) return {}
  const use = { bound: 0, offered: 0, declined: 0, idle: 0, size: 0 }
  for (const pool of pools) {
    use.size += pool.size
    for (const { state } of pool.list()) use[state]++
  }
  return use
}

export const named = ({ name, address }: AddressedInterface) => ({
  interface: name,
  address: formatIp4(address.ip),
})

export const stationNews = (log: Logger): Omit<StationNews, 'serving'> => ({
  waiting: name => log.warn({ interface: name }, `${name} has no link or no address yet: waits for it`),
  lost: (name, address) =>
    log.warn(
      { interface: name, address: formatIp4(address) },
      `${name} has lost its link or its address: not served until it is back`,
    ),
  back: iface => log.info(named(iface), `${iface.name} is back and served again`),
  moved: (iface, from) =>
    log.warn(named(iface), `the address of ${iface.name} was ${formatIp4(from)}: transfers there are over`),
  failed: (name, why) => log.error({ interface: name }, `${name} cannot be served: ${why}`),
})
