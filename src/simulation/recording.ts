/**
 * A run as the viewer shows it: the result, the site it ran in, and the trace. Plain JSON; what a page needs and no
 * more. Does not say how it looks.
 */
import { ANY_IP4, formatCidr, formatIp4, formatMac } from '../core/address.ts'
import { type Micros, toSeconds } from '../core/micros.ts'
import { type PackedTrace, packTrace } from '../core/packed-trace.ts'
import type { TraceEvent } from '../core/trace.ts'
import { type Wording, namingServers } from '../core/wording.ts'
import { isRuleNamed } from '../rules/book.ts'
import type { Scenario, StepMoment } from '../scenario/model.ts'
import type { SiteHost } from '../scenario/site/model.ts'
import { serverNames } from './server-names.ts'
import type { RunResult } from './result.ts'

export const RECORDING_FORMAT = 'nbs-lab recording 2'

export interface Recording {
  readonly format: typeof RECORDING_FORMAT
  readonly result: RunResult
  /** Null where only the result is known. */
  readonly site: Site | null
  readonly trace: PackedTrace | null
}

export interface Site {
  readonly teaches: string | null
  readonly steps: readonly SiteStep[]
  readonly subnets: readonly { readonly name: string; readonly cidr: string }[]
  readonly routers: readonly SiteRouter[]
  readonly servers: readonly SiteServer[]
}

export interface SiteStep {
  /** Null: in this run it does not happen. */
  readonly seconds: number | null
  readonly text: string
  /** The machine to look at. */
  readonly client: string | null
}

export interface SiteRouter {
  readonly name: string
  readonly joins: readonly { readonly subnet: string; readonly address: string }[]
  /** Helper addresses, by server where one has the address. */
  readonly relay: readonly { readonly subnet: string; readonly to: readonly string[] }[]
}

export interface SiteServer {
  readonly name: string
  /** As the scenario says; `site`: a Notification Server, or a site server without an NBS. */
  readonly kind: string
  readonly on: string
  readonly address: string
  /** In a few words: whom an NBS asks, what a foreign server plays. */
  readonly role: string
}

export const recordingOf = (
  scenario: Scenario,
  run: { readonly result: RunResult; readonly trace: readonly TraceEvent[] },
): Recording => ({
  format: RECORDING_FORMAT,
  result: run.result,
  site: siteOf(scenario, run.trace),
  trace: packTrace(run.trace, wordingOf(scenario)),
})

const siteOf = (scenario: Scenario, trace: readonly TraceEvent[]): Site => ({
  teaches: scenario.teaches ?? null,
  steps: scenario.steps.map(({ text, client, when }) => {
    const at = momentOf(when, trace)
    return { seconds: at === undefined ? null : toSeconds(at), text, client: client ?? null }
  }),
  subnets: scenario.subnets.map(({ name, cidr }) => ({ name, cidr: formatCidr(cidr) })),
  routers: scenario.routers.map(({ name, joins, relay }) => ({
    name,
    joins: joins.map(({ subnet, address }) => ({ subnet, address: formatIp4(address) })),
    relay: relay.map(({ subnet, to }) => ({
      subnet,
      to: to.map(({ address, server }) => server ?? formatIp4(address)),
    })),
  })),
  servers: [
    ...scenario.servers.map(server => ({
      name: server.name,
      kind: server.kind,
      on: server.on,
      address: server.address === ANY_IP4 ? '' : formatIp4(server.address),
      role: scenario.kinds.of(server).role(server),
    })),
    ...siteHosts(scenario),
  ],
})

const momentOf = (when: StepMoment, trace: readonly TraceEvent[]): Micros | undefined => {
  if (when.kind === 'at') return when.at
  return trace.find(event =>
    when.kind === 'choice'
      ? event.kind === 'choice' && event.host === when.client && isRuleNamed(event.rule, when.rule)
      : event.kind === 'screen' && event.host === when.client && event.text.includes(when.text),
  )?.at
}

/** Machines that only the site knows. */
const siteHosts = ({ site, servers }: Scenario): SiteServer[] => {
  const known = new Set(servers.map(({ name }) => name))
  const host = ({ name, on, address }: SiteHost, role: string): SiteServer[] =>
    known.has(name) ? [] : [{ name, kind: 'site', on, address: formatIp4(address), role }]
  return [
    ...(site?.notificationServers ?? []).flatMap(one => host(one, 'Notification Server')),
    ...(site?.siteServers ?? []).flatMap(one => host(one, `site server: ${one.services.join(', ')}`)),
  ]
}

/** Firmware and services speak of addresses; people of servers and machines. */
const wordingOf = (scenario: Scenario): Wording => {
  const machines = new Map(
    scenario.clients.flatMap(({ members }) => members.map(({ mac, name }) => [mac, name] as const)),
  )
  return {
    ...namingServers(serverNames(scenario)),
    machine: mac => machines.get(mac) ?? formatMac(mac),
  }
}
