/**
 * `boot-file-content-conflict`: servers have different files under one name. Tested by downloading them (`probe/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'boot-file-content-conflict',
  severity: 'error',
  meaning: 'servers deliver different files under the same name',
  origins: {
    probe: {
      holdsWhen:
        'two TFTP servers named in OFFERs deliver files of the same name with different SHA-256 sums',
      isNot: 'another spelling of the name with the same content',
      remedy: 'keep one PXE server, or deploy the same files to all of them',
    },
  },
} as const satisfies FindingMeta
