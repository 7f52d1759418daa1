/**
 * `nbs-behind-one-helper-list`: one helper list reaches more than one Network Boot Service. Tested in a scenario file
 * (`scenario/lint/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'nbs-behind-one-helper-list',
  severity: 'error',
  meaning: 'one helper list names more than one Network Boot Service',
  origins: {
    lint: {
      severity: 'warning if both have the same Notification Server and the same images',
      holdsWhen:
        'a helper list reaches a second NBS for a subnet that already has one, on the subnet or in the list',
      remedy: 'keep only the DHCP server and at most one NBS in the helper list',
    },
  },
} as const satisfies FindingMeta
