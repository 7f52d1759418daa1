/**
 * The keyboard: what each key does, and the page that tells it.
 */
import { useEffect, useRef } from 'preact/hooks'
import { type Session } from './session.ts'
import { stepChoice, stepFrame } from './replay/steps.ts'

interface Key {
  readonly key: string
  /** On the keyboard, where it is not the key itself. */
  readonly name?: string
  readonly does: string
  readonly act: (session: Session) => void
}

const KEYS: readonly Key[] = [
  { key: ' ', name: 'Space', does: 'Play or pause', act: ({ player }) => player.toggle() },
  { key: '.', does: 'Next packet', act: session => stepFrame(session, 1) },
  { key: ',', does: 'Previous packet', act: session => stepFrame(session, -1) },
  { key: ']', does: 'Next decision', act: session => stepChoice(session, 1) },
  { key: '[', does: 'Previous decision', act: session => stepChoice(session, -1) },
  { key: '>', does: 'Faster', act: ({ player }) => player.faster(1) },
  { key: '<', does: 'Slower', act: ({ player }) => player.faster(-1) },
]

/** Keys that are explained where they work. */
const ELSEWHERE: readonly (readonly [key: string, does: string])[] = [
  ['Home, End, ← →', 'on the time line: start, end, a little back or on'],
  ['↑ ↓, Page, Home, End', 'in lists, trees and screens: move'],
  ['← →', 'on tabs: the next view; in the tree of a packet: close, open'],
  ['?', 'This page'],
]

/** What is being typed into, or pressed, keeps its keys. */
const isTaken = (event: KeyboardEvent): boolean => {
  const element = event.target as HTMLElement
  if (event.ctrlKey || event.metaKey || event.altKey) return true
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName)) return true
  return event.key === ' ' && /^(BUTTON|SUMMARY)$/.test(element.tagName)
}

export const useKeys = (session: Session, onHelp: () => void): void => {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTaken(event)) return
      const key = KEYS.find(one => one.key === event.key)
      if (key) key.act(session)
      else if (event.key === '?') onHelp()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}

export const Keys = ({ onClose }: { onClose: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  const rows = [...KEYS.map(({ key, name = key, does }) => [name, does] as const), ...ELSEWHERE]
  return (
    <dialog ref={dialog} class="keys" aria-label="Keys" onClose={onClose}>
      <h2>Keys</h2>
      <dl>
        {rows.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  )
}
