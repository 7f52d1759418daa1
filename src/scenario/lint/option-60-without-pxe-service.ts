/**
 * `option-60-without-pxe-service`: option 60 without 43 sends firmware to port 4011 of that very host (NBS-26).
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { DhcpServer } from '../model.ts'
import type { ForeignServer } from '../model-foreign.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { saysPxeClient } from './topology.ts'

export type Option60OnDhcp = { readonly server: string }

export const test: LintTest<Option60OnDhcp> = ({ scenario }) =>
  scenario.servers.flatMap((server): LintReport<Option60OnDhcp>[] => {
    if (server.kind === 'nbs' || !sendsTo4011(server)) return []
    return [
      {
        path: ['servers', server.name, ...(server.kind === 'dhcp' ? ['options'] : [])],
        side: 'key',
        servers: [server.name],
        details: { server: server.name },
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

export const sentences = ({ server }: Option60OnDhcp): Sentences => ({
  text: `${server} says PXEClient (option 60) with its leases, but serves no port 4011.`,
  because:
    'Firmware then asks port 4011 of the DHCP server and waits there in vain (PXE-E55, PXE-E16), whatever an NBS says.',
  remedy: `Remove option 60 (and 43, 66, 67) from ${server}; it belongs there only if the NBS runs on that same host.`,
})
