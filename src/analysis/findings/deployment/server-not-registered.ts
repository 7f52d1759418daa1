/**
 * `server-not-registered`: who answers PXE and who is in the console's list are not the same. Tested in the journal of
 * a site's jobs (`simulation/site/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'server-not-registered',
  severity: 'warning',
  meaning: 'an NBS answers but the console does not list it, or the reverse',
  origins: {
    deployment: {
      holdsWhen:
        'an NBS answers machines of a Notification Server whose console does not list it; or the console lists it and machines on its subnets sent requests, but it answered none',
      remedy: 'register the NBS, or switch it off',
    },
  },
} as const satisfies FindingMeta
