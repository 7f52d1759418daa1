/**
 * `plugin-missing`: a plug-in is missing that the role of a machine needs. Tested in a scenario file
 * (`scenario/lint/`), and where a job stopped for want of it (`simulation/site/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'plugin-missing',
  severity: 'error',
  meaning: 'a machine lacks a plug-in that its role needs',
  origins: {
    lint: {
      severity: 'warning while the roll-out is still pending',
      holdsWhen:
        'a machine lacks a plug-in that its role needs; the `site:` of the scenario says which machine has which plug-in',
      remedy: 'roll the plug-in out',
    },
    deployment: {
      holdsWhen: 'a job stopped at a step because a plug-in was missing',
      remedy: 'roll the plug-in out',
    },
  },
} as const satisfies FindingMeta
