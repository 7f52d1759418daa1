/**
 * `gateway-missing`: a server is asked by a relay and has no router by which to answer. Tested in a scenario file
 * (`scenario/lint/`).
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'gateway-missing',
  severity: 'error',
  meaning: 'a server is asked by a relay and has no router by which to answer',
  origins: {
    lint: {
      holdsWhen: 'a server is asked by a relay, and no router joins its subnet',
      remedy: 'let a router join the subnet of the server as well',
    },
  },
} as const satisfies FindingMeta
