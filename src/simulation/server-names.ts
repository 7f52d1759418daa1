/**
 * Names for the addresses of a scenario.
 */
import { ANY_IP4, type Ip4, formatIp4 } from '../core/address.ts'
import type { Scenario } from '../scenario/model.ts'

/** Servers and routers by any of their addresses; an address nobody has is written as it is. */
export const serverNames = (scenario: Scenario): ((ip: Ip4) => string) => {
  const names = new Map<Ip4, string>()
  for (const router of scenario.routers)
    for (const { address } of router.joins) names.set(address, router.name)
  for (const { address, name } of scenario.servers) if (address !== ANY_IP4) names.set(address, name)
  const { notificationServers = [], siteServers = [] } = scenario.site ?? {}
  for (const { address, name } of [...notificationServers, ...siteServers]) names.set(address, name)
  return ip => names.get(ip) ?? formatIp4(ip)
}
