/**
 * A server of a scenario as a target in virtual time: a world of its own for each clause, so that none sees what
 * another left behind, and the same verdicts whatever else is asked.
 */
import {
  type Cidr,
  type Ip4,
  ip4After,
  ip4Distance,
  directedBroadcast,
  isWithin,
  toMac,
} from '../../core/address.ts'
import { UsageError } from '../../core/exit.ts'
import { MILLISECOND, SECOND } from '../../core/micros.ts'
import type { Scenario } from '../../scenario/model.ts'
import { type World, openWorld, type RunSurroundings } from '../../simulation/run.ts'
import { conduct } from '../probe/conduct.ts'
import type { Patience, Station } from '../probe/probe.ts'
import type { Room } from '../suite.ts'

/** Waiting costs nothing: longer than any server waits by itself. */
const VIRTUAL_PATIENCE: Patience = {
  answer: 5 * SECOND,
  silence: 5 * SECOND,
  transfer: 30 * SECOND,
  gap: 10 * MILLISECOND,
}
const PROBE = 'nbs-check'
const PROBE_MAC = toMac(0x026e62fffffe)
/** Ports of nobody else on the probe's own host. */
const FIRST_PORT = 60_000
const CROWD = 512

/** Throws `UsageError` where the subnet has no room for the probe. */
export const virtualRoom = (scenario: Scenario, serverName: string, surroundings: RunSurroundings): Room => {
  const quiet = { ...scenario, clients: [], faults: [] }
  return {
    conduct: async begin => {
      const world = openWorld(quiet, surroundings, { observed: false })
      const { probe, procedure } = begin(stationIn(world, scenario, serverName, VIRTUAL_PATIENCE))
      const conducted = conduct(probe, procedure)
      world.built.network.run(Infinity, () => conducted.ended !== undefined)
      probe.close()
      const { ended } = conducted
      if (!ended) throw new Error('the procedure waits for ever')
      if ('error' in ended) throw ended.error
      return ended.result
    },
  }
}

/** A place beside the server. */
export const stationIn = (
  { built }: World,
  scenario: Scenario,
  serverName: string,
  patience: Patience,
): Station => {
  const server = scenario.servers.find(({ name }) => name === serverName)!
  const address = freeAddress(scenario, server.on)
  const host = built.addHost({ name: PROBE, subnet: server.on, ip: address, mac: PROBE_MAC })
  return { host, address, patience, firstPort: FIRST_PORT, isLab: true, crowd: CROWD }
}

/** From the end of the subnet: pools mostly begin at its beginning. */
const freeAddress = (scenario: Scenario, subnetName: string): Ip4 => {
  const { cidr } = scenario.subnets.find(({ name }) => name === subnetName)!
  const taken = new Set<Ip4>([
    ...scenario.servers.map(({ address }) => address),
    ...scenario.routers.flatMap(({ joins }) => joins.map(({ address }) => address)),
  ])
  const pools = scenario.servers.flatMap(({ pools }) => pools)
  const isFree = (ip: Ip4): boolean =>
    !taken.has(ip) && !pools.some(({ first, last }) => isWithin(ip, first, last))
  const last = directedBroadcast(cidr)
  for (let ip = ip4After(last, -1); ip4Distance(cidr.network, ip) > 0; ip = ip4After(ip, -1))
    if (isFree(ip)) return ip
  throw new UsageError(`subnet ${subnetName} has no free address to ask from: ${sizeOf(cidr)}`)
}

const sizeOf = ({ prefixLength }: Cidr): string => `it is a /${prefixLength}, full of servers and pools`
