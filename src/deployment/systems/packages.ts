/**
 * An agent and the package servers: which there are, and a package in parts, from or to the first that can. Says why
 * none could. Does not know what a package is for.
 */
import { type Ip4, parseIp4 } from '../../core/address.ts'
import { type Micros, SECOND, formatSpan } from '../../core/micros.ts'
import type { Script } from '../../firmware/pc.ts'
import type { Cause } from '../job-events.ts'
import { PLUG_IN_NAMES, REQUIREMENTS, missingText } from '../plug-ins.ts'
import type { AgentMessage } from '../../wire/agent/message.ts'
import type { Agent } from './agent.ts'

/** Of one part: a package server that works says within this how long it takes. */
const PART_TIMEOUT: Micros = 5 * SECOND
const PART_TRIES = 4

export interface PackageWish {
  readonly agent: Agent
  readonly notificationServer: Ip4
  readonly nameOf: (ip: Ip4) => string
  readonly name: string
  /** To be stored there, with this size; undefined: to be fetched. */
  readonly stores?: number
}

export type Transferred =
  { readonly ok: true; readonly server: string } | { readonly ok: false; readonly cause: Cause }

export function* transferPackage(wish: PackageWish): Script<Transferred> {
  const { agent, notificationServer, nameOf, name } = wish
  const reply = yield* agent.ask(notificationServer, 'get-package-servers', { package: name })
  if (reply?.verb !== 'package-servers')
    return failed(nameOf(notificationServer), 'does not say where packages are')
  const servers = (reply.fields['list'] ?? '').split(',').flatMap(text => parseIp4(text) ?? [])
  let first: Transferred | undefined
  for (const server of servers) {
    const result = yield* transfer(wish, server)
    if (result.ok) return result
    first ??= result
  }
  return first ?? failed(nameOf(notificationServer), 'knows no package server')
}

const failed = (machine: string, what: string): Transferred => ({
  ok: false,
  cause: { machine, text: `${machine} ${what}` },
})

function* transfer({ agent, nameOf, name, stores }: PackageWish, server: Ip4): Script<Transferred> {
  const verb = stores === undefined ? 'get-package' : 'put-package'
  const size = stores === undefined ? {} : { size: String(stores) }
  let parts = 1
  for (let part = 1; part <= parts; part++) {
    const fields = { package: name, part: String(part), ...size }
    const reply = yield* agent.ask(server, verb, fields, PART_TRIES, PART_TIMEOUT)
    if (!reply) return failed(nameOf(server), `does not answer about ${name}`)
    if (reply.verb !== 'part') return { ok: false, cause: causeFrom(nameOf(server), name, reply) }
    parts = Number(reply.fields['parts']) || 1
  }
  return { ok: true, server: nameOf(server) }
}

const causeFrom = (machine: string, name: string, { fields }: AgentMessage): Cause => {
  const row = REQUIREMENTS.find(({ rule }) => rule === fields['rule'])
  const plugIn = PLUG_IN_NAMES.find(known => known === fields['plugin'])
  if (row && plugIn) return { machine, plugIn, rule: row.rule, text: missingText(machine, row, plugIn) }
  const arrives = Number(fields['arrives'] ?? Infinity)
  const when = arrives < Infinity ? `: the distribution brings it at ${formatSpan(arrives)}` : ''
  return { machine, image: name, arrives, text: `${name} is not on ${machine}${when}` }
}
