/**
 * `boot-file-is-url`: a server names a URL as boot file to machines that boot by TFTP.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import {
  type BootFileIsUrl,
  sentences as captureSentences,
  isUrl,
} from '../../analysis/findings/boot-file/boot-file-is-url.ts'
import { FIRMWARE_FAMILIES, familyFor } from '../../firmware/catalogue.ts'
import type { Server } from '../../servers/kind.ts'
import type { ClientGroup } from '../model.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { staticLeases } from './static-leases.ts'

export const test: LintTest<BootFileIsUrl> = topology => {
  const { scenario } = topology
  const subnets = [...new Set(scenario.clients.filter(loadsByTftp).map(({ on }) => on))]
  const heard = subnets.flatMap(subnet => topology.reached(subnet).map(({ server }) => server))
  const leases = staticLeases(scenario)
  return [...new Set(heard)].flatMap((server): LintReport<BootFileIsUrl>[] => {
    const leased = leases.find(lease => lease.server === server.name)?.bootFile
    const file = [bootFileOf(server), leased].find(name => name !== undefined && isUrl(name))
    if (file === undefined) return []
    const isOption = file !== bootFileOf(server)
    return [
      {
        path: ['servers', server.name, isOption ? 'options' : 'bootFile'],
        servers: [server.name],
        details: { servers: [server.name], file },
      },
    ]
  })
}

const loadsByTftp = ({ firmware, profile, arch }: ClientGroup): boolean => {
  const family = familyFor(FIRMWARE_FAMILIES, firmware, profile)
  return family?.asks === 'pxe' && !family.client.readsUrls && !arch.endsWith('-http')
}

const bootFileOf = (server: Server): string | undefined =>
  'bootFile' in server && typeof server.bootFile === 'string' ? server.bootFile : undefined

export const sentences = (details: BootFileIsUrl): Sentences => captureSentences(details)
