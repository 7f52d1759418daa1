/**
 * DHCP beside PXE: who leases on a subnet, and option 60 on a server that has no port 4011 (NBS-26).
 */
import type { DhcpServer, Pool, Server } from '../model.ts'
import type { ForeignServer } from '../model-foreign.ts'
import type { LintDraft, LintTest } from './rules.ts'
import { leasesOn, saysPxeClient } from './site.ts'

export const multipleDhcpServers: LintTest = site =>
  site.scenario.subnets.flatMap(({ name }): LintDraft[] => {
    if (!site.isUsed(name)) return []
    const leasing = site.hearers(name).filter(({ server }) => leasesOn(server, name))
    const [first] = leasing
    return leasing.slice(1).map(({ server }) => besideDraft(name, first!.server, server))
  })

const besideDraft = (subnet: string, first: Server, other: Server): LintDraft => {
  const draft = { path: ['servers', other.name, 'pool'], servers: [first.name, other.name] }
  if (poolsOverlap(first, other, subnet))
    return {
      ...draft,
      severity: 'error',
      message: `${other.name} leases the same addresses on subnet ${subnet} as ${first.name}.`,
      because: 'Two servers that do not know of each other will give one address to two machines.',
      remedy: `Divide the addresses between them, or take ${other.name} from ${subnet}.`,
    }
  const isAlike = wordsOf(first, subnet) === wordsOf(other, subnet)
  return {
    ...draft,
    severity: isAlike ? 'info' : 'warning',
    message: `${other.name} leases addresses on subnet ${subnet} beside ${first.name}, from a part of its own${isAlike ? '' : ', but with other options'}.`,
    because: isAlike
      ? 'A split scope with equal options works: it does not matter whose lease a machine takes.'
      : 'Which of two leases a machine takes depends on its firmware and on who answers first; router and boot options should not.',
    remedy: isAlike
      ? 'Keep their options alike.'
      : `Give ${other.name} the options of ${first.name}, or stop it.`,
  }
}

/** What a machine learns with a lease, beside the address. */
const wordsOf = (server: Server, subnet: string): string => {
  if (server.kind === 'nbs') return ''
  const { options, bootFile, nextServer } = server
  const nets = poolsOf(server, subnet).map(({ prefixLength, router }) => [prefixLength, router])
  return JSON.stringify([
    options.map(({ code, value }) => [code, [...value]]),
    bootFile,
    nextServer === server.address ? 'itself' : nextServer,
    nets[0],
  ])
}

const poolsOf = (server: Server, subnet: string): readonly Pool[] =>
  server.kind === 'nbs' ? [] : server.pools.filter(pool => pool.subnet === subnet)

const poolsOverlap = (a: Server, b: Server, subnet: string): boolean =>
  poolsOf(a, subnet).some(one =>
    poolsOf(b, subnet).some(other => one.first <= other.last && other.first <= one.last),
  )

export const noDhcpServer: LintTest = site =>
  site.scenario.clients.flatMap((group): LintDraft[] => {
    if (site.hearers(group.on).some(({ server }) => leasesOn(server, group.on))) return []
    const elsewhere = site.scenario.servers.find(server => leasesOn(server, group.on))
    return [
      {
        path: ['clients', group.name, 'on'],
        message: elsewhere
          ? `no relay leads from subnet ${group.on} to ${elsewhere.name}, which has addresses for it.`
          : `no DHCP server has addresses for subnet ${group.on}.`,
        because: 'Without a lease no machine boots from the network, whatever PXE servers say.',
        remedy: elsewhere
          ? `Add ${elsewhere.name} to the helper list of ${group.on} (routers: relay).`
          : `Put a DHCP server on ${group.on}, or give one a pool for it and relay to it.`,
        servers: elsewhere ? [elsewhere.name] : [],
      },
    ]
  })

/** Option 60 without 43 sends firmware to port 4011 of that very host. */
export const option60WithoutPxeService: LintTest = site =>
  site.scenario.servers.flatMap((server): LintDraft[] => {
    if (server.kind === 'nbs' || !sendsTo4011(server)) return []
    return [
      {
        path: ['servers', server.name, ...(server.kind === 'dhcp' ? ['options'] : [])],
        side: 'key',
        message: `${server.name} says PXEClient (option 60) with its leases, but serves no port 4011.`,
        because:
          'Firmware then asks port 4011 of the DHCP server and waits there in vain (PXE-E55, PXE-E16), whatever an NBS says.',
        remedy: `Remove option 60 (and 43, 66, 67) from ${server.name}; it belongs there only if the NBS runs on that same host.`,
        servers: [server.name],
      },
    ]
  })

const VENDOR_SPECIFIC = 43

const sendsTo4011 = (server: DhcpServer | ForeignServer): boolean => {
  if (server.kind === 'dhcp')
    return saysPxeClient(server.options) && !server.options.some(({ code }) => code === VENDOR_SPECIFIC)
  if (server.boot4011 === 'alive' || server.answers === 'silent') return false
  // Role `both` says PXEClient by itself; a proxy with a dead 4011 is no DHCP server.
  const offers = [server, ...server.also].filter(offer => offer.role !== 'proxy')
  return offers.some(
    offer =>
      (offer.role === 'both' || saysPxeClient(offer.options)) &&
      !offer.options.some(({ code }) => code === VENDOR_SPECIFIC),
  )
}
