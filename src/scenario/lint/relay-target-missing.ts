/**
 * `relay-target-missing`: a helper address is the address of no server.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import { formatIp4 } from '../../core/address.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { relayTargets } from './topology.ts'

export type RelayTargetMissing = {
  readonly router: string
  readonly subnet: string
  readonly address: string
}

export const test: LintTest<RelayTargetMissing> = ({ scenario }) =>
  relayTargets(scenario.routers).flatMap(
    ({ router, subnet, address, server, path }): LintReport<RelayTargetMissing>[] =>
      server === undefined
        ? [{ path, servers: [], details: { router, subnet, address: formatIp4(address) } }]
        : [],
  )

export const sentences = ({ router, subnet, address }: RelayTargetMissing): Sentences => ({
  text: `${router} relays for subnet ${subnet} to ${address}, but no server has that address.`,
  because:
    'Such a helper address belongs to a retired server or is a typing error; the intended server receives no requests.',
  remedy: `Remove ${address} from the helper list, or correct it.`,
})
