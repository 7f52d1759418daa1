/**
 * The rules of `lint`, by id: how bad, what each means, and its test. Ids that frames show as well are the same there.
 */
import { type BuiltInRule, metaOf } from '../../analysis/finding.ts'
import type { Severity } from '../../analysis/finding-meta.ts'
import type { Path } from '../../document/located.ts'
import { multipleDhcpServers, noDhcpServer, option60WithoutPxeService } from './dhcp-rules.ts'
import { nbsBehindOneHelperList, nbsPerSubnet, pxeBesideNbs } from './nbs-rules.ts'
import { pluginMissing } from './plug-in-rules.ts'
import { gatewayMissing, relayTargetMissing } from './relay-rules.ts'
import type { Site } from './site.ts'

export interface LintDraft {
  /** Default: the rule's own. */
  readonly severity?: Severity
  readonly path: Path
  readonly side?: 'key' | 'value'
  readonly message: string
  readonly because: string
  readonly remedy: string
  readonly servers: readonly string[]
}

export type LintTest = (site: Site) => readonly LintDraft[]

interface LintRule {
  readonly severity: Severity
  readonly meaning: string
  readonly test: LintTest
}

const asFound = (rule: BuiltInRule, test: LintTest): LintRule => ({
  severity: metaOf(rule).severity,
  meaning: metaOf(rule).meaning,
  test,
})

export const LINT_RULES = {
  'nbs-per-subnet': asFound('nbs-per-subnet', nbsPerSubnet),
  'nbs-behind-one-helper-list': asFound('nbs-behind-one-helper-list', nbsBehindOneHelperList),
  'plugin-missing': asFound('plugin-missing', pluginMissing),
  'multiple-pxe-responders': asFound('multiple-pxe-responders', pxeBesideNbs),
  'multiple-dhcp-servers': asFound('multiple-dhcp-servers', multipleDhcpServers),
  'option-60-without-pxe-service': asFound('option-60-without-pxe-service', option60WithoutPxeService),
  'no-dhcp-server': {
    severity: 'error',
    meaning: 'no DHCP server leases addresses on a subnet with machines',
    test: noDhcpServer,
  },
  'gateway-missing': {
    severity: 'error',
    meaning: 'a server is asked by a relay and has no router by which to answer',
    test: gatewayMissing,
  },
  'relay-target-missing': {
    severity: 'warning',
    meaning: 'a helper address is the address of no server',
    test: relayTargetMissing,
  },
} as const satisfies Record<string, LintRule>

export type LintRuleId = keyof typeof LINT_RULES
