/**
 * What is shown, in one line, and how to show something else.
 */
import { useRef, useState } from 'preact/hooks'
import { Library } from './library.tsx'
import type { Document } from '../replay/open-result.ts'
import type { Live } from './live.ts'
import { type Appearance, setAppearance } from '../draw/palette.ts'

export interface HeaderProps {
  readonly documents: readonly Document[]
  readonly number: number
  readonly live: boolean
  readonly onNumber: (number: number) => void
  readonly onOpen: (text: string, name: string) => void
  readonly onDocuments: (documents: readonly [Document, ...Document[]], live?: Live) => void
  readonly onProblem: (problem: string) => void
}

export const Header = (props: HeaderProps) => {
  const { documents, number } = props
  const chooser = useRef<HTMLInputElement>(null)
  const shown = documents[number]
  return (
    <header>
      <span class="brand">
        nbs<b>-lab</b>
      </span>
      {documents.length > 1 ? (
        <label>
          <span class="hidden">Run</span>
          <select
            value={String(number)}
            onChange={event => props.onNumber(Number(event.currentTarget.value))}
          >
            {documents.map((one, index) => (
              <option key={index} value={String(index)}>
                {titleOf(one)}
              </option>
            ))}
          </select>
        </label>
      ) : (
        shown && <h1>{titleOf(shown)}</h1>
      )}
      {props.live && <Library onDocuments={props.onDocuments} onProblem={props.onProblem} />}
      {shown && <span class="facts">{factsOf(shown)}</span>}
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

export const titleOf = (document: Document): string =>
  'result' in document ? document.result.title : document.title

const factsOf = (document: Document): string => {
  if (!('result' in document)) {
    const { done, planned, seeds, version } = document
    const runs = done === planned ? numberText(done) : `${numberText(done)} of ${numberText(planned)}`
    return `${runs} runs · seeds ${seeds.join(' to ')} · nbs-lab ${version}`
  }
  const { clients, seed, version } = document.result
  return `${outcomes(clients.map(({ outcome }) => outcome))} · seed ${seed} · nbs-lab ${version}`
}

const numberText = (number: number): string => number.toLocaleString('en')

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
