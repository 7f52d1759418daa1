/**
 * A server that is a program, or another machine, on a virtual segment as a target: by the wall clock, one world for all
 * clauses, because it takes a second to start one. Nothing of it is left when the room is closed.
 */
import { MILLISECOND, SECOND } from '../../core/micros.ts'
import { PacedNetwork } from '../../network/paced/paced.ts'
import type { Scenario } from '../../scenario/model.ts'
import { Outsiders } from '../../simulation/outsiders.ts'
import { type RunSurroundings, openWorld } from '../../simulation/run.ts'
import { conduct } from '../probe/conduct.ts'
import type { Patience } from '../probe/probe.ts'
import type { Room } from '../suite.ts'
import { stationIn } from './virtual.ts'

/** Servers that ping an address before they offer it need 3 s for one (dnsmasq); the question is repeated meanwhile. */
const PACED_PATIENCE: Patience = {
  answer: 2 * SECOND,
  silence: 1200 * MILLISECOND,
  transfer: 8 * SECOND,
  gap: 50 * MILLISECOND,
}
/** From one address; servers have limits for one. */
const CROWD = 64

export interface OpenRoom extends Room {
  close(): Promise<void>
}

/** Rejects where a program cannot be started, with what would help. */
export const pacedRoom = async (
  scenario: Scenario,
  serverName: string,
  surroundings: RunSurroundings,
): Promise<OpenRoom> => {
  const outsiders = new Outsiders()
  let paced: PacedNetwork | undefined
  const world = openWorld(
    { ...scenario, clients: [], faults: [] },
    surroundings,
    { observed: false },
    {
      outside: ({ network }) => {
        paced = new PacedNetwork(network.clock)
        const { attachments } = surroundings
        const wall = attachments && { world: paced, attachments }
        return { plug: noGuest, attend: outsiders.attend, wall }
      },
    },
  )
  const close = (): Promise<void> => outsiders.stopAll()
  try {
    await outsiders.ready(paced!)
  } catch (error) {
    await close()
    throw error
  }
  const station = { ...stationIn(world, scenario, serverName, PACED_PATIENCE), crowd: CROWD }
  return {
    conduct: async begin => {
      const { probe, procedure } = begin(station)
      const conducted = conduct(probe, procedure)
      await paced!.run(Infinity, () => conducted.ended !== undefined)
      probe.close()
      const ended = conducted.ended!
      if ('error' in ended) throw ended.error
      return ended.result
    },
    close,
  }
}

const noGuest = (): never => {
  throw new RangeError('there are no machines beside the probe')
}
