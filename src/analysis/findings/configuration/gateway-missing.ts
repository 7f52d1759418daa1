/**
 * `gateway-missing`: a server is asked by a relay and has no router by which to answer. Tested in a scenario file
 * (`scenario/lint/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'gateway-missing',
  severity: 'error',
  meaning: 'a server behind a relay agent has no router to answer through',
  origins: {
    lint: {
      holdsWhen: 'a relay agent forwards to a server whose subnet has no router',
      remedy: 'connect a router to the subnet of the server as well',
    },
  },
} as const satisfies FindingMeta
