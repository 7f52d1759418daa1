/**
 * `policy-lag`: an NBS answered from a copy of the policy that was older than the job. Tested in the journal of a
 * site's jobs (`simulation/site/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'policy-lag',
  severity: 'warning',
  meaning: 'an NBS answered from a policy older than the job',
  origins: {
    deployment: {
      holdsWhen:
        'an NBS answered from a cached policy, and its Notification Server would have decided otherwise',
      remedy: 'apply the NBS settings immediately',
    },
  },
} as const satisfies FindingMeta
