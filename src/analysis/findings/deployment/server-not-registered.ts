/**
 * `server-not-registered`: who answers PXE and who is in the console's list are not the same. Tested in the journal of
 * a site's jobs (`simulation/site/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'server-not-registered',
  severity: 'warning',
  meaning: 'an NBS answers and the console does not list it, or the other way round',
  origins: {
    deployment: {
      holdsWhen:
        'an NBS answers machines of a Notification Server whose console does not list it; or it is listed, machines asked where it should hear them, and it answered none',
      remedy: 'register it, or switch it off',
    },
  },
} as const satisfies FindingMeta
