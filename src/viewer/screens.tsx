/**
 * The wall: the screens of all machines beside each other, each framed in the colour of the server that won it.
 */
import { useRef } from 'preact/hooks'
import { usePlayed, useSize } from './hooks.ts'
import { signDisplayOf } from '../firmware/displays.ts'
import { SignScreen } from './sign-screen.tsx'
import { useScreen } from './screen.tsx'
import type { ReplayMachine } from './replay/model.ts'
import { statusAt } from './replay/replay.ts'
import { useSession } from './session.ts'
import { VirtualList } from './virtual-list.tsx'
import { WORDS } from './words.ts'

/** Wide enough for eighty columns that can still be told apart. */
const WIDTH = 190
const LARGEST = 420
const CAPTION = 24

export const Screens = () => {
  const session = useSession()
  const { machines } = session.replay
  const frame = useRef<HTMLDivElement>(null)
  const { width } = useSize(frame)
  const columns = Math.max(1, Math.min(machines.length, Math.floor(width / WIDTH)))
  const height = Math.round(Math.min(LARGEST, width / columns) * 0.56) + CAPTION
  return (
    <div class="screens" ref={frame}>
      <VirtualList
        id="screen"
        label="Screens"
        count={machines.length}
        columns={columns}
        rowHeight={height}
        current={session.machine ?? -1}
        chosen={session.machine ?? -1}
        onChoose={index => session.chooseMachine(index)}
        row={index => <Small machine={machines[index]!} />}
      />
    </div>
  )
}

const Small = ({ machine }: { machine: ReplayMachine }) => {
  const { player, colourOf, theme } = useSession()
  const standing = usePlayed(player, at => statusAt(machine, at))
  const lines = useScreen(machine)
  const { result } = machine
  const won = standing === 'off' || standing === 'booting' ? theme.line : colourOf(result.pxeServer)
  const display = signDisplayOf(result.firmware)
  return (
    <span class="small-screen">
      <span class={`tube ${lines ? '' : 'dark'} ${display ? 'signs' : ''}`} style={{ borderColor: won }}>
        {display && lines ? (
          <SignScreen display={display} lines={lines} />
        ) : (
          <span class="console">{lines?.join('\n')}</span>
        )}
      </span>
      <span class="caption">
        <b>{result.name}</b> <span>{WORDS[standing]}</span>
      </span>
    </span>
  )
}
