/**
 * At most one NBS per subnet, where a subnet's servers are all that hear its machines: those on it and those behind
 * its helper lists (NBS-2, NBS-25). Whether they would disagree decides how bad it is.
 */
import type { NbsServer } from '../model.ts'
import type { LintDraft, LintTest } from './rules.ts'
import { type Hearing, isForeignPxe, isNbs } from './site.ts'

const NO_TWO =
  'The vendor allows one Network Boot Service per subnet: servers do not know of each other, and a machine follows the first (or the last) that answers.'

export const nbsPerSubnet: LintTest = site =>
  site.scenario.subnets.flatMap(({ name }): LintDraft[] => {
    const local = site.scenario.servers.filter(server => server.on === name && isNbs(server)) as NbsServer[]
    const [first, ...others] = local
    if (!first) return []
    return others.map(other => ({
      ...(areAlike(first, other) && { severity: 'warning' as const }),
      path: ['servers', other.name],
      side: 'key',
      message: `${other.name} is the second NBS on subnet ${name}, beside ${first.name}${howAlike(first, other)}${site.isUsed(name) ? '' : '; no machine of this scenario boots there'}.`,
      because: NO_TWO,
      remedy: `Remove the NBS plug-in from ${other.name} or ${first.name}, or turn off its PXE service (services: { pxe: off }).`,
      servers: [first.name, other.name],
    }))
  })

export const nbsBehindOneHelperList: LintTest = site =>
  site.scenario.subnets.flatMap(({ name }): LintDraft[] => {
    const hearing = site.hearers(name).filter(({ server }) => isNbs(server))
    const [first] = hearing
    return hearing
      .slice(1)
      .flatMap(other => (first && other.relay ? [helperListDraft(name, first, other)] : []))
  })

const helperListDraft = (subnet: string, first: Hearing, other: Hearing): LintDraft => {
  const [a, b] = [first.server as NbsServer, other.server as NbsServer]
  const where = first.relay ? `beside ${a.name}` : `although ${a.name} stands on that subnet itself`
  return {
    ...(areAlike(a, b) && { severity: 'warning' as const }),
    path: other.relay!.path,
    message: `${other.relay!.router} relays for subnet ${subnet} to the NBS ${b.name}, ${where}${howAlike(a, b)}.`,
    because: `A helper list sends every DISCOVER to all its addresses, so that all NBS in it answer as if they stood on the subnet. ${NO_TWO}`,
    remedy: `Take ${b.name} out of the helper list of ${subnet}; leave the DHCP server and at most one NBS.`,
    servers: [a.name, b.name],
  }
}

export const pxeBesideNbs: LintTest = site =>
  site.scenario.subnets.flatMap(({ name }): LintDraft[] => {
    if (!site.isUsed(name)) return []
    const hearing = site.hearers(name)
    const nbs = hearing.find(({ server }) => isNbs(server))
    return hearing
      .filter(({ server }) => nbs && isForeignPxe(server))
      .map(({ server, relay }) => ({
        severity: 'warning',
        path: relay?.path ?? ['servers', server.name],
        ...(relay ? {} : { side: 'key' as const }),
        message: `${server.name} answers PXE clients of subnet ${name} beside the NBS ${nbs!.server.name}.`,
        because:
          'Which of two PXE responders a machine follows depends on its firmware and on who answers first.',
        remedy: `Let only one of them answer on ${name}, or divide the machines between them (allow, deny, byArchitecture).`,
        servers: [nbs!.server.name, server.name],
      }))
  })

/** The same knowledge and the same images: no machine fares differently, whichever answers. */
const areAlike = (a: NbsServer, b: NbsServer): boolean =>
  a.notificationServer === b.notificationServer &&
  a.stalePolicy === undefined &&
  b.stalePolicy === undefined &&
  sameAs(decisive(a), decisive(b))

const decisive = (server: NbsServer): unknown => [
  server.images,
  server.without,
  server.style,
  server.services,
  server.boot4011,
  server.allow,
  server.deny,
  server.arches,
  server.menu,
  server.bootServerType,
]

const sameAs = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const howAlike = (a: NbsServer, b: NbsServer): string => {
  if (areAlike(a, b)) return ' (same Notification Server, same images)'
  const stale = [a, b].filter(server => server.stalePolicy !== undefined).map(({ name }) => name)
  if (stale.length > 0) return ` (${stale.join(' and ')} answers from an old policy)`
  if (a.notificationServer !== b.notificationServer)
    return ` (${a.name} asks ${a.notificationServer ?? 'nobody'}, ${b.name} asks ${b.notificationServer ?? 'nobody'})`
  return sameAs(a.images, b.images) && sameAs(a.without, b.without) ? '' : ' (their images differ)'
}
