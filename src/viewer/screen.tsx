/**
 * A machine's screen as it looks at the moment: a text console of 80 columns, or what a Mac shows instead of text.
 * The same at three sizes: in the machine's panel, as large as the page, and small on the wall of all screens.
 */
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { usePlayed } from './hooks.ts'
import { signDisplayOf } from '../firmware/displays.ts'
import { SignScreen } from './sign-screen.tsx'
import { countUpTo } from '../core/search.ts'
import type { ReplayMachine } from './replay/model.ts'
import { screenAfter, statusAt } from './replay/replay.ts'
import { useSession } from './session.ts'
import { WORDS } from './words.ts'

/** The lines of a machine at the moment; undefined while it is off. */
export const useScreen = (machine: ReplayMachine): readonly string[] | undefined => {
  const { replay, player } = useSession()
  const { trace } = replay
  const count = usePlayed(player, at =>
    trace
      ? countUpTo(machine.events.length, index => trace.at[machine.events[index]!]!, at)
      : machine.events.length,
  )
  const on = usePlayed(player, at => !trace || at >= machine.poweredOn)
  const lines = useMemo(() => screenAfter(replay, machine, count), [replay, machine, count])
  return on ? lines : undefined
}

export const Screen = ({ machine, onEnlarge }: { machine: ReplayMachine; onEnlarge: () => void }) => (
  <div class="monitor">
    <Glass machine={machine} />
    <button
      type="button"
      class="enlarge"
      onClick={onEnlarge}
      aria-label={`Enlarge the screen of ${machine.result.name}`}
      title="Enlarge"
    >
      ⤢
    </button>
  </div>
)

const Glass = ({ machine }: { machine: ReplayMachine }) => {
  const lines = useScreen(machine)
  const glass = useRef<HTMLPreElement>(null)
  useEffect(() => {
    glass.current?.scrollTo(0, glass.current.scrollHeight)
  }, [lines])
  const display = signDisplayOf(machine.result.firmware)
  return (
    <pre
      ref={glass}
      class={`glass ${lines ? '' : 'dark'} ${display ? 'signs' : ''}`}
      role="region"
      aria-label={`Screen of ${machine.result.name}`}
      tabIndex={0}
    >
      {display && lines && <SignScreen display={display} lines={lines} />}
      <span class="console">
        {lines?.join('\n')}
        {lines && !display && <i class="cursor" aria-hidden="true" />}
      </span>
    </pre>
  )
}

/** For the back row: as large as the page. Escape closes it, as it does any dialog. */
export const LargeScreen = ({ machine, onClose }: { machine: ReplayMachine; onClose: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const { player } = useSession()
  const standing = usePlayed(player, at => statusAt(machine, at))
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog
      ref={dialog}
      class="large"
      aria-label={`Screen of ${machine.result.name}, large`}
      onClose={onClose}
    >
      <p>
        <b>{machine.result.name}</b>
        <span class={`badge ${standing}`}>{WORDS[standing]}</span>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </p>
      <Glass machine={machine} />
    </dialog>
  )
}
