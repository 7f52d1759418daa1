/**
 * A run: what is chosen in it, and where everything stands. Views are in their own files.
 */
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import type { Micros } from '../core/micros.ts'
import { Findings } from './findings.tsx'
import { PROTOCOLS } from './replay/frame-peek.ts'
import { useTheme } from './hooks.ts'
import { Keys, useKeys } from './keys.tsx'
import { Ladder } from './ladder.tsx'
import type { Live } from './shell/live.ts'
import { MachinePanel } from './machine.tsx'
import { Machines } from './machines.tsx'
import { Packet } from './packet.tsx'
import { Packets } from './packets.tsx'
import { packetTexts } from './replay/packet-text.ts'
import { serverColours } from './draw/palette.ts'
import { Player } from './replay/player.ts'
import { countUpTo } from '../core/search.ts'
import type { Replay } from './replay/model.ts'
import { Screens } from './screens.tsx'
import { type Filter, HELD, type Session, SessionContext } from './session.ts'
import { Tabs } from './shell/tabs.tsx'
import { Timeline } from './timeline.tsx'
import { Topology } from './topology.tsx'
import { Tour } from './tour.tsx'

const EVERYTHING: Filter = { protocols: new Set(PROTOCOLS), ownOnly: false }

export interface RunViewProps {
  readonly replay: Replay
  /** It goes on while it is looked at. */
  readonly live: Live | undefined
  /** Another run: nothing that was chosen stays chosen. Snapshots of one live run have one. */
  readonly run: unknown
}

export const RunView = ({ replay, live, run }: RunViewProps) => {
  const theme = useTheme()
  const player = useMemo(() => (live ? livePlayer(live) : new Player(replay.end)), [run])
  useLayoutEffect(() => player.extend(replay.end, live?.going === true), [player, replay, live?.going])
  const [chosenMachine, setMachine] = useState<number | undefined>(() => firstMachine(replay))
  const [chosenFrame, setFrame] = useState<number | undefined>()
  // What was chosen in the run before may not be in this one.
  const machine =
    chosenMachine !== undefined && chosenMachine < replay.machines.length ? chosenMachine : undefined
  const frame = chosenFrame !== undefined && chosenFrame < replay.frames.count ? chosenFrame : undefined
  const [filter, setFilter] = useState(EVERYTHING)
  const colourOf = useMemo(() => serverColours(replay, theme), [replay, theme])
  const textOf = useMemo(() => packetTexts(replay), [replay])
  const passing = useMemo(() => framesPassing(replay, filter, machine), [replay, filter, machine])
  useEffect(() => {
    setFrame(undefined)
    setMachine(firstMachine(replay))
  }, [run])
  usePlaying(player)
  const session: Session = {
    replay,
    player,
    theme,
    colourOf,
    textOf,
    machine,
    frame,
    filter,
    passing,
    chooseMachine: setMachine,
    chooseFrame: wanted => {
      setFrame(wanted)
      if (wanted === undefined) return
      const about = replay.frames.machine[wanted]!
      if (about >= 0) setMachine(about)
      player.pause()
      player.seek(replay.frames.at[wanted]!)
    },
    setFilter,
    goTo: (at: Micros, wanted?: number) => {
      if (wanted !== undefined) setMachine(wanted)
      player.pause()
      player.seek(at)
      setFrame(frameBefore(replay, at, wanted ?? machine))
    },
  }
  const [keysShown, showKeys] = useState(false)
  useKeys(session, () => showKeys(true))
  const { result, site } = replay.recording
  return (
    <SessionContext.Provider value={session}>
      <main class="views">
        <section class="panel side" aria-label="Findings, tour and machines">
          <Tabs
            label="What to look at"
            first={result.findings.length === 0 && (site?.steps.length ?? 0) > 0 ? 'tour' : 'findings'}
            tabs={[
              { id: 'findings', title: `Findings ${result.findings.length}`, content: () => <Findings /> },
              { id: 'tour', title: 'Tour', content: () => <Tour /> },
              { id: 'machines', title: `Machines ${replay.machines.length}`, content: () => <Machines /> },
            ]}
          />
        </section>
        <div class="middle">
          <Topology live={live?.going ? live : undefined} />
          <section class="panel" aria-label="Packets and ladder">
            <Tabs
              label="How to look at packets"
              first="packets"
              tabs={[
                { id: 'packets', title: 'Packets', content: () => <Packets /> },
                {
                  id: 'ladder',
                  title:
                    machine === undefined ? 'Ladder' : `Ladder of ${replay.machines[machine]!.result.name}`,
                  content: () => <Ladder />,
                },
                { id: 'screens', title: 'Screens', content: () => <Screens /> },
              ]}
            />
          </section>
        </div>
        <div class="right">
          <MachinePanel />
          <Packet />
        </div>
        <Timeline onKeys={() => showKeys(true)} />
      </main>
      {keysShown && <Keys onClose={() => showKeys(false)} />}
    </SessionContext.Provider>
  )
}

/** It begins at the beginning, and follows what comes. */
const livePlayer = ({ speed }: Live): Player => {
  const player = new Player(0)
  player.setSpeed(speed)
  player.growing = true
  player.play()
  return player
}

/** One that a finding is about, worst first; else the first of all. */
const firstMachine = (replay: Replay): number | undefined => {
  const name = replay.recording.result.findings[0]?.clients[0]
  const found = replay.machines.findIndex(({ result }) => result.name === name)
  return found >= 0 ? found : replay.machines.length > 0 ? 0 : undefined
}

/** The packet that led to a moment: of the machine, if one is looked at. */
const frameBefore = (replay: Replay, at: Micros, machine: number | undefined): number | undefined => {
  const { frames, machines } = replay
  const own = machines[machine ?? -1]?.frames
  const count = own ? own.length : frames.count
  const numberAt = (index: number) => (own ? own[index]! : index)
  const last = countUpTo(count, index => frames.at[numberAt(index)]!, at) - 1
  return last >= 0 && at - frames.at[numberAt(last)]! <= HELD ? numberAt(last) : undefined
}

const framesPassing = (
  replay: Replay,
  { protocols, ownOnly }: Filter,
  machine: number | undefined,
): Session['passing'] => {
  const { frames } = replay
  const own = ownOnly ? replay.machines[machine ?? -1] : undefined
  if (protocols.size === PROTOCOLS.length) return own?.frames
  const wanted = PROTOCOLS.map(protocol => protocols.has(protocol))
  if (own) return own.frames.filter(frame => wanted[frames.protocol[frame]!])
  const passing = new Uint32Array(frames.count)
  let count = 0
  for (let i = 0; i < frames.count; i++) if (wanted[frames.protocol[i]!]) passing[count++] = i
  return passing.subarray(0, count)
}

const usePlaying = (player: Player): void => {
  useEffect(() => {
    let last = 0
    let asked = 0
    const tick = (now: number) => {
      asked = 0
      // After a pause of the page (another tab was looked at) the run goes on where it was.
      if (last > 0) player.advance(Math.min(100, now - last))
      last = player.playing ? now : 0
      follow()
    }
    const follow = () => {
      if (player.playing && asked === 0) asked = requestAnimationFrame(tick)
    }
    const stop = player.subscribe(follow)
    return () => {
      stop()
      cancelAnimationFrame(asked)
    }
  }, [player])
}
