/**
 * `multiple-pxe-responders`: a PXE responder of another make hears a subnet that an NBS serves.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { isAnsweringNbs, isOtherPxe } from './topology.ts'

export type PxeBesideNbs = { readonly subnet: string; readonly nbs: string; readonly other: string }

export const test: LintTest<PxeBesideNbs> = topology =>
  topology.scenario.subnets.flatMap(({ name: subnet }): LintReport<PxeBesideNbs>[] => {
    const reached = topology.isUsed(subnet) ? topology.reached(subnet) : []
    const nbs = reached.find(({ server }) => isAnsweringNbs(server))?.server.name
    if (nbs === undefined) return []
    return reached
      .filter(({ server }) => isOtherPxe(topology.scenario, server))
      .map(({ server, relay }) => ({
        severity: 'warning',
        path: relay?.path ?? ['servers', server.name],
        ...(relay ? {} : { side: 'key' as const }),
        servers: [nbs, server.name],
        details: { subnet, nbs, other: server.name },
      }))
  })

export const sentences = ({ subnet, nbs, other }: PxeBesideNbs): Sentences => ({
  text: `${other} answers PXE clients on subnet ${subnet} next to the NBS ${nbs}.`,
  because:
    'Which of two PXE responders a machine follows depends on its firmware and on the order of the answers. This is a warning where a run reports an error: the file does not say what each of them will offer, and it may be the same.',
  remedy: `Let only one of them answer on ${subnet}, or divide the machines between them (allow, deny, byArchitecture).`,
})
