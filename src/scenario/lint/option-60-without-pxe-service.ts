/**
 * `option-60-without-pxe-service`: option 60 without 43 sends firmware to port 4011 of that very host (NBS-26).
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { LintReport, LintTest } from './lint-rule.ts'

export type Option60OnDhcp = { readonly server: string }

export const test: LintTest<Option60OnDhcp> = ({ scenario }) =>
  scenario.servers.flatMap((server): LintReport<Option60OnDhcp>[] => {
    const field = scenario.kinds.of(server).sendsToClosed4011?.(server)
    if (!field) return []
    return [
      {
        path: ['servers', server.name, ...field],
        side: 'key',
        servers: [server.name],
        details: { server: server.name },
      },
    ]
  })

export const sentences = ({ server }: Option60OnDhcp): Sentences => ({
  text: `${server} sends option 60 PXEClient with its leases, but has no service on port 4011.`,
  because:
    'Firmware then sends its request to port 4011 of the DHCP server and times out (PXE-E55, PXE-E16), even if an NBS answers.',
  remedy: `Remove option 60 (and options 43, 66 and 67) from ${server}; set it only if the NBS runs on the same host.`,
})
