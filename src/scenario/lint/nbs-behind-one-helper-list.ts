/**
 * `nbs-behind-one-helper-list`: a helper list reaches a second Network Boot Service for one subnet (NBS-2, NBS-25).
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { type Likeness, NO_TWO, likenessOf, likenessText, severityOf } from './nbs-likeness.ts'
import { isAnsweringNbs } from './topology.ts'

export type NbsBehindOneHelperList = {
  readonly subnet: string
  readonly router: string
  readonly first: string
  /** It stands on the subnet itself; else in the helper list as well. */
  readonly firstIsLocal: boolean
  readonly second: string
  readonly likeness: Likeness
}

export const test: LintTest<NbsBehindOneHelperList> = topology =>
  topology.scenario.subnets.flatMap(({ name: subnet }): LintReport<NbsBehindOneHelperList>[] => {
    const [first, ...others] = topology
      .reached(subnet)
      .flatMap(({ server, relay }) => (isAnsweringNbs(server) ? [{ server, relay }] : []))
    if (!first) return []
    return others.flatMap(({ server, relay }): LintReport<NbsBehindOneHelperList>[] => {
      if (!relay) return []
      const likeness = likenessOf(first.server, server)
      return [
        {
          ...severityOf(likeness),
          path: relay.path,
          servers: [first.server.name, server.name],
          details: {
            subnet,
            router: relay.router,
            first: first.server.name,
            firstIsLocal: first.relay === undefined,
            second: server.name,
            likeness,
          },
        },
      ]
    })
  })

export const sentences = (details: NbsBehindOneHelperList): Sentences => {
  const { subnet, router, first, firstIsLocal, second, likeness } = details
  const where = firstIsLocal ? `although ${first} is on that subnet` : `as well as to ${first}`
  return {
    text: `${router} relays for subnet ${subnet} to the NBS ${second}, ${where}${likenessText(likeness, [first, second])}.`,
    because: `The relay agent forwards every DISCOVER to all addresses in its helper list, so every NBS in it answers as if it were on the subnet. ${NO_TWO}`,
    remedy: `Remove ${second} from the helper list of ${subnet}; keep the DHCP server and at most one NBS.`,
  }
}
