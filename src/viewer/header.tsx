/**
 * What is shown, in one line, and how to show something else.
 */
import { useRef, useState } from 'preact/hooks'
import type { Recording } from '../scenario/recording.ts'
import { Library } from './library.tsx'
import { type Appearance, setAppearance } from './palette.ts'

export interface HeaderProps {
  readonly recordings: readonly Recording[]
  readonly number: number
  readonly live: boolean
  readonly onNumber: (number: number) => void
  readonly onOpen: (text: string, name: string) => void
  readonly onRecordings: (recordings: readonly [Recording, ...Recording[]]) => void
  readonly onProblem: (problem: string) => void
}

export const Header = (props: HeaderProps) => {
  const { recordings, number } = props
  const chooser = useRef<HTMLInputElement>(null)
  const result = recordings[number]?.result
  return (
    <header>
      <span class="brand">
        nbs<b>-lab</b>
      </span>
      {recordings.length > 1 ? (
        <label>
          <span class="hidden">Run</span>
          <select
            value={String(number)}
            onChange={event => props.onNumber(Number(event.currentTarget.value))}
          >
            {recordings.map((one, index) => (
              <option key={index} value={String(index)}>
                {one.result.title}
              </option>
            ))}
          </select>
        </label>
      ) : (
        result && !props.live && <h1>{result.title}</h1>
      )}
      {props.live && <Library onRecordings={props.onRecordings} onProblem={props.onProblem} />}
      {result && (
        <span class="facts">
          {outcomes(result.clients.map(({ outcome }) => outcome))} · seed {result.seed} · nbs-lab{' '}
          {result.version}
        </span>
      )}
      <Colours />
      <button type="button" onClick={() => chooser.current?.click()}>
        Open…
      </button>
      <input
        ref={chooser}
        class="hidden"
        type="file"
        tabIndex={-1}
        aria-label="Result or report to open"
        accept=".json,.html,application/json"
        onChange={event => {
          const file = event.currentTarget.files?.[0]
          event.currentTarget.value = ''
          if (file) void file.text().then(text => props.onOpen(text, file.name))
        }}
      />
    </header>
  )
}

/** A projector may want other colours than the desk it stands on. */
const Colours = () => {
  const [chosen, choose] = useState<Appearance>('system')
  return (
    <select
      aria-label="Colours"
      title="Colours"
      value={chosen}
      onChange={event => {
        const wanted = event.currentTarget.value as Appearance
        choose(wanted)
        setAppearance(wanted)
      }}
    >
      <option value="system">◐ System</option>
      <option value="light">○ Light</option>
      <option value="dark">● Dark</option>
    </select>
  )
}

const SHORT: Readonly<Record<string, string>> = {
  booted: 'booted',
  localDisk: 'to their disk',
  failed: 'failed',
  pending: 'still trying',
}

const outcomes = (all: readonly string[]): string => {
  const parts = Object.entries(SHORT).flatMap(([outcome, word]) => {
    const count = all.filter(one => one === outcome).length
    return count === 0 ? [] : [`${count} ${word}`]
  })
  return parts.join(', ') || 'no machines'
}
