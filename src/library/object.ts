/**
 * A scenario as an object: in the shape of a scenario file, by the type that is generated from the format's own schema,
 * and with servers that are functions. Does not check it.
 */
import type { ScenarioFile } from '../../schema/scenario.d.ts'
import {
  type Cidr,
  type Ip4,
  contains,
  directedBroadcast,
  formatIp4,
  ip4After,
  isWithin,
  parseCidr,
  parseIp4,
  roleIn,
} from '../core/address.ts'
import type { FunctionServer } from './respond.ts'

type WrittenServer = NonNullable<ScenarioFile['servers']>[string]

/** The same fields and values as in YAML, so that a file's text, parsed, is one; and servers made by `respond`. */
export interface ScenarioObject extends Omit<ScenarioFile, 'servers'> {
  servers?: { [name: string]: WrittenServer | FunctionServer }
}

export const hasFunctions = ({ servers = {} }: ScenarioObject): boolean =>
  Object.values(servers).some(isFunction)

/** With a place for each server that is a function and says none: the only subnet, its last free address. */
export const placed = (scenario: ScenarioObject): ScenarioObject => {
  const { subnets, servers } = scenario
  if (!servers || !hasFunctions(scenario)) return scenario
  const [only, ...more] = Object.keys(subnets)
  const taken = spansIn(scenario)
  const place = (server: FunctionServer): FunctionServer => {
    const { on = more.length === 0 ? only : undefined } = server
    if (on === undefined || server.address !== undefined)
      return { ...server, ...(on !== undefined && { on }) }
    const net = parseCidr(subnets[on]?.cidr ?? '')
    const address = net && lastFree(net, taken)
    if (address === undefined) return { ...server, on }
    taken.push([address, address])
    return { ...server, on, address: formatIp4(address) }
  }
  return {
    ...scenario,
    servers: Object.fromEntries(
      Object.entries(servers).map(([name, server]) => [name, isFunction(server) ? place(server) : server]),
    ),
  }
}

const isFunction = (server: WrittenServer | FunctionServer): server is FunctionServer =>
  server.kind === 'function'

type Span = readonly [first: Ip4, last: Ip4]

const IP4 = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g

/** Every address that is named anywhere, and those between two that are named together: pools. */
const spansIn = (value: unknown): Span[] => {
  if (typeof value === 'string') {
    const [first, last = first] = (value.match(IP4) ?? []).flatMap(text => parseIp4(text) ?? [])
    return first === undefined || last === undefined ? [] : [[first, last]]
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(spansIn) : []
}

const lastFree = (net: Cidr, taken: readonly Span[]): Ip4 | undefined => {
  const end = directedBroadcast(net)
  for (let ip = end; contains(net, ip); ip = ip4After(ip, -1))
    if (roleIn(net, ip) === 'host' && !taken.some(([first, last]) => isWithin(ip, first, last))) return ip
  return undefined
}
