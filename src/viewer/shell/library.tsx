/**
 * `nbs demo` in the page: pick a scenario, change the seed or a value, run it. Speaks to the program that serves the
 * page, and to nobody else.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Live, watchLive } from './live.ts'
import { type Document, openResult } from '../replay/open-result.ts'

export interface LibraryEntry {
  readonly file: string
  readonly title: string
  readonly teaches: string | null
}

/** As cli/demo/live.ts knows them. */
const LIVE_SPEEDS = [0.1, 0.25, 1, 2, 5, 10]

export interface LibraryProps {
  readonly onDocuments: (documents: readonly [Document, ...Document[]], live?: Live) => void
  readonly onProblem: (problem: string) => void
}

export const Library = ({ onDocuments, onProblem }: LibraryProps) => {
  const [entries, setEntries] = useState<readonly LibraryEntry[]>([])
  const [file, setFile] = useState('')
  const [seed, setSeed] = useState('')
  const [changes, setChanges] = useState('')
  const [busy, setBusy] = useState(false)
  const [speed, setSpeed] = useState(1)
  const stop = useRef(() => {})
  const run = async (wanted: string, body: { seed?: string; set?: string[] } = {}) => {
    stop.current()
    setBusy(true)
    onProblem('')
    const opened = await ask('api/run', { file: wanted, ...body })
    setBusy(false)
    if (!opened.ok) return onProblem(opened.message)
    const result = openResult(opened.text)
    if (result.ok) onDocuments(result.documents)
    else onProblem(result.message)
  }
  const watch = () => {
    stop.current()
    onProblem('')
    const wanted = { file, set, speed, ...(seed !== '' && { seed }) }
    stop.current = watchLive(wanted, { show: onDocuments, problem: onProblem })
  }
  useEffect(() => {
    void ask('api/library').then(answer => {
      if (!answer.ok) return onProblem(answer.message)
      const list = JSON.parse(answer.text) as LibraryEntry[]
      setEntries(list)
      const first = list[0]
      if (first) {
        setFile(first.file)
        void run(first.file)
      }
      return undefined
    })
  }, [])
  const set = changes.split(';').flatMap(one => (one.trim() === '' ? [] : [one.trim()]))
  return (
    <form
      class="library"
      aria-label="Library"
      onSubmit={event => {
        event.preventDefault()
        void run(file, { ...(seed !== '' && { seed }), set })
      }}
    >
      <label>
        Scenario
        <select
          value={file}
          onChange={event => {
            setFile(event.currentTarget.value)
            setSeed('')
            setChanges('')
            void run(event.currentTarget.value)
          }}
        >
          {entries.map(entry => (
            <option key={entry.file} value={entry.file}>
              {entry.title}
            </option>
          ))}
        </select>
      </label>
      <label>
        Seed
        <input
          inputMode="numeric"
          class="seed"
          placeholder="its own"
          value={seed}
          onInput={event => setSeed(event.currentTarget.value)}
        />
      </label>
      <label class="changes">
        Change
        <input
          placeholder="clients.pc.count=5; servers.nbs-b.responseDelay=3ms"
          value={changes}
          onInput={event => setChanges(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={busy}>
        {busy ? 'Running…' : 'Run'}
      </button>
      <button
        type="button"
        onClick={watch}
        title="By the clock on the wall; servers can be stopped meanwhile"
      >
        Live
      </button>
      <select
        aria-label="Speed of the live run"
        value={String(speed)}
        onChange={event => setSpeed(Number(event.currentTarget.value))}
      >
        {LIVE_SPEEDS.map(one => (
          <option key={one} value={String(one)}>
            {one}×
          </option>
        ))}
      </select>
    </form>
  )
}

type Answer = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }

const ask = async (path: string, body?: unknown): Promise<Answer> => {
  try {
    const response = await fetch(
      path,
      body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    )
    const text = await response.text()
    return response.ok ? { ok: true, text } : { ok: false, message: text }
  } catch {
    return { ok: false, message: 'nbs demo does not answer: was it stopped?' }
  }
}
