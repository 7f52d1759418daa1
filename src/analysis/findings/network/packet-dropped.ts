/**
 * `packet-dropped`: a device of the simulated network had no room for a packet, or did not pass it on. Tested in the
 * trace of a run (`simulation/drop-findings.ts`): no capture shows what is not there.
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'packet-dropped',
  severity: 'warning',
  meaning: 'a router, a switch or a host dropped packets without a word',
  origins: {
    run: {
      holdsWhen:
        'a device dropped packets of a boot because a queue or a buffer was full, a packet was too large, too old or had no way, or a port did not pass it on',
      isNot:
        'weather of a link (`loss`, `corrupt`), which the scenario asks for; a cut link; packets to an address that nobody has',
      remedy:
        'mend what the message names: stagger the machines, warm the router, raise the MTU, trust the port',
    },
  },
  consequences: [{ of: 'late-link', share: ['clients'] }],
} as const satisfies FindingMeta
