/**
 * `server-died`: a program or a virtual machine that is a server of a scenario ended during the run. Tested in the trace
 * of a run (`simulation/died-findings.ts`): no packet says it.
 */
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'server-died',
  severity: 'error',
  meaning: 'a server that runs outside of nbs (a program, a virtual machine) ended during the run',
  origins: {
    run: {
      holdsWhen:
        'an attached program or virtual machine ended, or was ended by a signal, before the run was over',
      isNot:
        'one that a fault of the scenario stopped; one that never was ready, which ends the run with an error',
      remedy:
        'look at its last log lines, which the finding quotes; start it by hand with the same configuration',
    },
  },
} as const satisfies FindingMeta
