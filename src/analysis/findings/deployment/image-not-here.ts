/**
 * `image-not-here`: an image or package had not arrived on the server that was asked for it. Tested in the journal of a
 * site's jobs (`simulation/site/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'image-not-here',
  severity: 'error',
  meaning: 'an image or package is missing on the server it was requested from',
  origins: {
    deployment: {
      holdsWhen:
        'a disk image, preboot image or package had not been distributed to the server when a machine requested it',
      remedy: 'wait until the distribution is complete',
    },
  },
} as const satisfies FindingMeta
