/**
 * `late-link`: the switch of a subnet does not forward on the ports of machines for longer than firmware waits.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import { sentences as captureSentences } from '../../analysis/findings/dhcp/late-link.ts'
import { SECOND, type Micros, toSeconds } from '../../core/micros.ts'
import type { LintReport, LintTest } from './lint-rule.ts'

export type LateLinkOfSubnet = { readonly subnet: string; readonly seconds: number }

/** E-8, B-4: the first DISCOVER may be lost; the next comes after four seconds. */
const ONE_TRY: Micros = 4 * SECOND

export const test: LintTest<LateLinkOfSubnet> = topology =>
  topology.scenario.subnets.flatMap(({ name, switch: rules }): LintReport<LateLinkOfSubnet>[] => {
    const delay = rules?.forwardingDelay ?? 0
    if (delay < ONE_TRY || !topology.isUsed(name)) return []
    return [
      {
        path: ['subnets', name, 'switch', 'forwardingDelay'],
        servers: [],
        details: { subnet: name, seconds: toSeconds(delay) },
      },
    ]
  })

export const sentences = ({ subnet, seconds }: LateLinkOfSubnet): Sentences => ({
  ...captureSentences({ shownBy: 'run', seconds }),
  text: `the switch of ${subnet} does not forward for ${seconds} s after the link of a machine comes up: requests sent before that are lost.`,
})
