/**
 * `nbs-per-subnet`: more than one Network Boot Service on one subnet. Tested in a scenario file (`scenario/lint/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'nbs-per-subnet',
  severity: 'error',
  meaning: 'more than one Network Boot Service on one subnet',
  origins: {
    lint: {
      severity: 'warning if both have the same Notification Server and the same images',
      holdsWhen: 'two NBS with a PXE service are on one subnet',
      remedy: 'remove the NBS plug-in from one of them, or turn off its PXE service',
    },
  },
} as const satisfies FindingMeta
