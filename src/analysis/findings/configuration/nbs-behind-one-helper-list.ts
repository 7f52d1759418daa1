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
      severity: 'warning if Notification Server and images are the same',
      holdsWhen: 'a helper list reaches a second NBS for a subnet, beside one on it or one in the list',
      remedy: 'leave the DHCP server and at most one NBS in the helper list',
    },
  },
} as const satisfies FindingMeta
