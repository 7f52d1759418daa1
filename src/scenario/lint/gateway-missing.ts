/**
 * `gateway-missing`: a server is asked by a relay and has no router by which to answer.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { relayTargets } from './topology.ts'

export type GatewayMissing = {
  readonly server: string
  /** Where the server stands. */
  readonly on: string
  readonly router: string
  readonly subnet: string
}

export const test: LintTest<GatewayMissing> = ({ scenario }) => {
  const reported = new Set<string>()
  return relayTargets(scenario.routers).flatMap(
    ({ router, subnet, server: name }): LintReport<GatewayMissing>[] => {
      const server = scenario.servers.find(candidate => candidate.name === name)
      const isAway = server && server.on !== subnet && server.gateway === undefined
      if (!isAway || reported.has(server.name)) return []
      reported.add(server.name)
      return [
        {
          path: ['servers', server.name, 'on'],
          servers: [server.name],
          details: { server: server.name, on: server.on, router, subnet },
        },
      ]
    },
  )
}

export const sentences = ({ server, on, router, subnet }: GatewayMissing): Sentences => ({
  text: `${router} relays for subnet ${subnet} to ${server}, but no router is connected to ${on}, the subnet of ${server}.`,
  because:
    'The relay agent cannot reach the server, and the server cannot answer: there is no route between the two subnets.',
  remedy: `Connect a router to ${on} as well (routers: joins).`,
})
