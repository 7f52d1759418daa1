/**
 * What is being looked at: the replay, the player, and what is chosen. Handed to every component; holds no markup.
 */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Micros } from '../core/micros.ts'
import type { Protocol } from './replay/frame-peek.ts'
import type { PacketText } from './replay/packet-text.ts'
import type { ColourOf, Theme } from './draw/theme.ts'
import type { Player } from './replay/player.ts'
import type { Replay } from './replay/model.ts'

/** A packet is shown on its way for so long after its moment, while time stands still. */
export const HELD: Micros = 2_000

export interface Filter {
  readonly protocols: ReadonlySet<Protocol>
  /** Only packets of the chosen machine. */
  readonly ownOnly: boolean
}

export interface Session {
  readonly replay: Replay
  readonly player: Player
  readonly theme: Theme
  readonly colourOf: ColourOf
  readonly textOf: (frame: number) => PacketText
  /** Indices; undefined: none. */
  readonly machine: number | undefined
  readonly frame: number | undefined
  readonly filter: Filter
  /** Frames that pass, in order; undefined: all of them. */
  readonly passing: readonly number[] | Uint32Array | undefined
  readonly chooseMachine: (machine: number | undefined) => void
  /** Shows the packet and goes to its moment. */
  readonly chooseFrame: (frame: number | undefined) => void
  readonly setFilter: (filter: Filter) => void
  readonly goTo: (at: Micros, machine?: number) => void
}

export const SessionContext = createContext<Session | undefined>(undefined)

export const useSession = (): Session => {
  const session = useContext(SessionContext)
  if (!session) throw new Error('no session')
  return session
}
