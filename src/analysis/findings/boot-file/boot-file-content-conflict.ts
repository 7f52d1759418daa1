/**
 * `boot-file-content-conflict`: servers have different files under one name. Tested by downloading them (`probe/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'boot-file-content-conflict',
  severity: 'error',
  meaning: 'servers have different files under one name',
  origins: {
    probe: {
      holdsWhen: 'two TFTP servers that offers name deliver files of one name with different SHA-256',
      isNot: 'the same name in another spelling with the same content',
      remedy: 'keep one PXE server, or bring the same files to all',
    },
  },
} as const satisfies FindingMeta
