/**
 * Every machine in words: what it is, how it stands at the moment, who won it. The topology's equal without a pointer.
 */
import { usePlayed } from './hooks.ts'
import type { ReplayMachine } from './replay/model.ts'
import { type MachineStatus, statusAt } from './replay/replay.ts'
import { useSession } from './session.ts'
import { VirtualList } from './virtual-list.tsx'
import { WORDS } from './words.ts'

const SIGNS: Readonly<Record<MachineStatus | 'pending', string>> = {
  off: '○',
  booting: '…',
  pending: '…',
  decided: '●',
  booted: '✓',
  localDisk: '⛁',
  failed: '✕',
}

export const Machines = () => {
  const session = useSession()
  const { replay, machine } = session
  const { machines } = replay
  return (
    <VirtualList
      id="machine"
      label="Machines"
      count={machines.length}
      rowHeight={28}
      current={machine ?? -1}
      chosen={machine ?? -1}
      onChoose={index => session.chooseMachine(index)}
      row={index => <Row machine={machines[index]!} />}
    />
  )
}

const Row = ({ machine }: { machine: ReplayMachine }) => {
  const { player, colourOf, replay } = useSession()
  const now = usePlayed(player, at => statusAt(machine, at))
  const { result } = machine
  const standing = replay.trace ? now : result.outcome
  const ended = standing === result.outcome
  const server = standing === 'off' || standing === 'booting' ? null : result.pxeServer
  return (
    <>
      <span class={`sign ${standing}`} aria-hidden="true">
        {SIGNS[standing]}
      </span>
      <b>{result.name}</b>
      <span class="what">
        {result.firmware}
        <span class="hidden">, {WORDS[standing]}</span>
      </span>
      <span class="who">
        {server !== null && (
          <>
            <i class="swatch" style={{ background: colourOf(server) }} /> {server}
          </>
        )}
        {ended && result.code !== null && <code>{result.code}</code>}
      </span>
    </>
  )
}
