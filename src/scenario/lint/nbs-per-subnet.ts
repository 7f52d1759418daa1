/**
 * `nbs-per-subnet`: more than one Network Boot Service on one subnet (NBS-2).
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { type Likeness, NO_TWO, likenessOf, likenessText, severityOf } from './nbs-likeness.ts'
import { isAnsweringNbs } from './topology.ts'

export type NbsPerSubnet = {
  readonly subnet: string
  readonly first: string
  readonly second: string
  readonly likeness: Likeness
  /** Machines of the scenario boot there. */
  readonly isUsed: boolean
}

export const test: LintTest<NbsPerSubnet> = topology =>
  topology.scenario.subnets.flatMap(({ name: subnet }): LintReport<NbsPerSubnet>[] => {
    const [first, ...others] = topology.scenario.servers
      .filter(isAnsweringNbs)
      .filter(server => server.on === subnet)
    if (!first) return []
    return others.map(second => {
      const likeness = likenessOf(first, second)
      return {
        ...severityOf(likeness),
        path: ['servers', second.name],
        side: 'key',
        servers: [first.name, second.name],
        details: {
          subnet,
          first: first.name,
          second: second.name,
          likeness,
          isUsed: topology.isUsed(subnet),
        },
      }
    })
  })

export const sentences = ({ subnet, first, second, likeness, isUsed }: NbsPerSubnet): Sentences => ({
  text: `${second} is the second NBS on subnet ${subnet}, next to ${first}${likenessText(likeness, [first, second])}${isUsed ? '' : '; no machine of this scenario boots there'}.`,
  because: NO_TWO,
  remedy: `Remove the NBS plug-in from ${second} or ${first}, or turn off its PXE service (services: { pxe: off }).`,
})
