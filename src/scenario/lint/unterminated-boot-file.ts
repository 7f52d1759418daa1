/**
 * `unterminated-boot-file`: a server names its boot file in option 67 without a closing NUL, EDK2 hears it, and another
 * server answers there too. Which of their OFFERs comes last is not known without a run.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import { listed, quoted } from '../../analysis/words.ts'
import { FIRMWARE_FAMILIES, familyFor } from '../../firmware/catalogue.ts'
import type { Server } from '../../servers/kind.ts'
import type { ClientGroup, Scenario } from '../model.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { staticLeases } from './static-leases.ts'
import { leasesOn } from './topology.ts'

export type UnterminatedInFile = {
  readonly server: string
  readonly file: string
  /** Others that answer the same machines. */
  readonly others: readonly string[]
}

export const test: LintTest<UnterminatedInFile> = topology => {
  const { scenario } = topology
  const subnets = [...new Set(scenario.clients.filter(closesNames).map(({ on }) => on))]
  const reports = subnets.flatMap((subnet): LintReport<UnterminatedInFile>[] => {
    const heard = topology.reached(subnet).map(({ server }) => server)
    const answering = heard.filter(server => answers(scenario, server, subnet)).map(({ name }) => name)
    return staticLeases(scenario)
      .filter(lease => lease.subnet === subnet && lease.isUnclosed && answering.includes(lease.server))
      .flatMap(({ server, bootFile = '' }) => {
        const others = answering.filter(name => name !== server)
        if (others.length === 0) return []
        const details = { server, file: bootFile, others }
        return [
          { severity: 'warning' as const, path: ['servers', server, 'options'], servers: [server], details },
        ]
      })
  })
  return reports.filter(
    (report, i) => reports.findIndex(({ details }) => details.server === report.details.server) === i,
  )
}

/** E-54. */
const closesNames = ({ firmware, profile }: ClientGroup): boolean =>
  familyFor(FIRMWARE_FAMILIES, firmware, profile)?.client.closesBootFileName === true

const answers = (scenario: Scenario, server: Server, subnet: string): boolean =>
  leasesOn(scenario, server, subnet) !== undefined || scenario.kinds.of(server).answersPxe?.(server) === true

export const sentences = ({ server, file, others }: UnterminatedInFile): Sentences => ({
  text: `${server} names ${quoted(file)} in option 67 without a terminating NUL, and ${listed(others)} answers the same machines: where that OFFER comes later, EDK2 requests the address from its sender.`,
  because:
    'Option 67 is not a C string (RFC 2132 §9.5), but EDK2 writes a NUL over the byte after the name, which corrupts its copy of the OFFER.',
  remedy: `Write the name of ${server} as bootFile, which goes into the header field, or end the option with a NUL ({ hex: '… 00' }).`,
})
