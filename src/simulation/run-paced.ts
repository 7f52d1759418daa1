/**
 * A scenario in the paced world: by the wall clock, with real firmware where the file asks for a guest. Whatever
 * happens, no guest is left when it returns. Not deterministic: real machines are not.
 */
import { type Micros, SECOND } from '../core/micros.ts'
import type { TraceEvent } from '../core/trace.ts'
import type { GuestProvider } from '../network/attach/qemu/guest.ts'
import { PacedNetwork } from '../network/paced/paced.ts'
import { type GuestSession, guestRoom } from './guests.ts'
import { Outsiders } from './outsiders.ts'
import type { Fault, Scenario } from '../scenario/model.ts'
import { type Run, type RunOptions, type RunSurroundings, openWorld } from './run.ts'

export interface PacedOptions extends Pick<RunOptions, 'seed' | 'until'> {
  readonly guests: GuestProvider
  /** World seconds to a second on the wall; guests know only 1. */
  readonly speed?: number
  readonly watch?: (event: TraceEvent) => void
  /** Called once, before anything happens, with what can be done to the run meanwhile. */
  readonly begun?: (hand: Hand) => void
  /** Ends the run early, with an error. */
  readonly signal?: AbortSignal
}

/** Somebody's hand on a run that is under way. */
export interface Hand {
  /** What it came to up to now. */
  readonly snapshot: () => Run
  /** Causes a fault now, whatever its own time is. */
  readonly cause: (fault: Fault) => void
}

/** A program that was started has this long to show what it is. */
const AFTERMATH: Micros = SECOND

export const hasGuests = (scenario: Scenario): boolean =>
  scenario.clients.some(({ guest }) => guest !== undefined)

export const needsWallClock = (scenario: Scenario): boolean =>
  hasGuests(scenario) || scenario.servers.some(server => scenario.kinds.of(server).paced)

export const runPaced = async (
  scenario: Scenario,
  surroundings: RunSurroundings,
  { guests, speed, watch, begun, signal, ...options }: PacedOptions,
): Promise<Run> => {
  let room: GuestSession | undefined
  let paced: PacedNetwork | undefined
  const outsiders = new Outsiders()
  const { interrupted, interrupt } = interruption()
  const abort = () => {
    paced?.fail(new Error('interrupted'))
    interrupt()
  }
  signal?.addEventListener('abort', abort)
  try {
    const world = openWorld(scenario, surroundings, options, {
      watch,
      outside: (built, trace) => {
        paced = new PacedNetwork(built.network.clock, speed)
        room = guestRoom(built, trace, paced, guests, surroundings.families)
        const { attachments } = surroundings
        const wall = attachments && { world: paced, attachments }
        return { plug: room.plug, attend: outsiders.attend, wall }
      },
    })
    begun?.({
      snapshot: () => copied(world.conclude(world.built.network.clock.now())),
      cause: fault => paced!.happen(() => world.cause(fault)),
    })
    await Promise.race([outsiders.ready(paced!), interrupted])
    await paced!.run(scenario.limit, world.decided)
    const end = world.decided() ? world.built.network.clock.now() : scenario.limit
    await paced!.run(Math.min(end + AFTERMATH, scenario.limit), () => false)
    return world.conclude(end)
  } finally {
    signal?.removeEventListener('abort', abort)
    await Promise.all([room?.stopAll(), outsiders.stopAll()])
  }
}

/** What happens later is not part of it. */
const copied = (run: Run): Run => ({ ...run, trace: [...run.trace] })

const interruption = (): { readonly interrupted: Promise<never>; readonly interrupt: () => void } => {
  let interrupt = (): void => {}
  const interrupted = new Promise<never>((_resolve, reject) => {
    interrupt = () => reject(new Error('interrupted'))
  })
  interrupted.catch(() => {})
  return { interrupted, interrupt }
}
