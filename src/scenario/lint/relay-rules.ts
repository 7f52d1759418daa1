/**
 * Helper lists: that somebody is at each address, and that he can answer.
 */
import { formatIp4 } from '../../core/address.ts'
import type { LintDraft, LintTest } from './rules.ts'
import { relayTargets } from './site.ts'

export const relayTargetMissing: LintTest = ({ scenario }) =>
  relayTargets(scenario.routers).flatMap((target): LintDraft[] =>
    target.server !== undefined
      ? []
      : [
          {
            path: target.path,
            message: `${target.router} relays for subnet ${target.subnet} to ${formatIp4(target.address)}, which is no server.`,
            because:
              'A helper address that leads nowhere is a server that was retired or a slip of the pen; the one that was meant is not asked.',
            remedy: `Remove ${formatIp4(target.address)} from the helper list, or correct it.`,
            servers: [],
          },
        ],
  )

export const gatewayMissing: LintTest = ({ scenario }) => {
  const told = new Set<string>()
  return relayTargets(scenario.routers).flatMap((target): LintDraft[] => {
    const server = scenario.servers.find(({ name }) => name === target.server)
    const isAway = server && server.on !== target.subnet && server.gateway === undefined
    if (!isAway || told.has(server.name)) return []
    told.add(server.name)
    return [
      {
        path: ['servers', server.name, 'on'],
        message: `${server.name} is asked by ${target.router} for subnet ${target.subnet}, but no router joins its own subnet ${server.on}.`,
        because: 'The relay cannot reach it, and it cannot answer: there is no way between the two subnets.',
        remedy: `Let a router join ${server.on} as well (routers: joins).`,
        servers: [server.name],
      },
    ]
  })
}
