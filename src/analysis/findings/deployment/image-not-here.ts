/**
 * `image-not-here`: an image or package had not arrived on the server that was asked for it. Tested in the journal of a
 * site's jobs (`simulation/site/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'image-not-here',
  severity: 'error',
  meaning: 'an image or package has not arrived on the server that was asked for it',
  origins: {
    deployment: {
      holdsWhen: 'a disk image, preboot image or package had not arrived on the server that was asked',
      remedy: 'wait for the distribution',
    },
  },
} as const satisfies FindingMeta
