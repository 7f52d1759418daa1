/**
 * `relay-target-missing`: a helper address is the address of no server. Tested in a scenario file (`scenario/lint/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'relay-target-missing',
  severity: 'warning',
  meaning: 'a helper address does not belong to any server',
  origins: {
    lint: {
      holdsWhen: 'a helper address does not belong to any server in the scenario',
      remedy: 'remove the address from the helper list, or correct it',
    },
  },
} as const satisfies FindingMeta
