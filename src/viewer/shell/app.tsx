/**
 * The page: what is shown, and what is wrong with what cannot be. Views are in their own files.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useErrorBoundary, useMemo, useState } from 'preact/hooks'
import type { Recording } from '../../simulation/recording.ts'
import { Header, titleOf } from './header.tsx'
import type { Live } from './live.ts'
import { type Document, openResult } from '../replay/open-result.ts'
import type { Replay } from '../replay/model.ts'
import { replayOf } from '../replay/replay.ts'
import { RunView } from '../run-view.tsx'
import { SweepView } from '../sweep/sweep.tsx'

export interface AppProps {
  readonly documents: readonly Document[]
  readonly problem: string
  /** Served by `nbs demo`. */
  readonly live: boolean
}

export const App = (props: AppProps) => {
  const [documents, setDocuments] = useState(props.documents)
  const [number, setNumber] = useState(0)
  const [problem, setProblem] = useState(props.problem)
  const document = documents[number]
  const recording = document && 'result' in document ? document : undefined
  const [live, setLive] = useState<Live | undefined>()
  const show = (opened: readonly Document[], live?: Live) => {
    setLive(live)
    setDocuments(opened)
    setNumber(0)
    setProblem('')
  }
  const openText = (text: string, name: string) => {
    const opened = openResult(text)
    if (opened.ok) show(opened.documents)
    else setProblem(`${name}: ${opened.message}`)
  }
  const replay = useMemo(() => (recording ? replayed(recording) : undefined), [recording])
  const message = typeof replay === 'string' ? replay : problem
  useEffect(() => {
    if (document) globalThis.document.title = `${titleOf(document)} · nbs-lab`
  }, [document])
  return (
    <div
      class="app"
      onDragOver={event => event.preventDefault()}
      onDrop={event => {
        event.preventDefault()
        const file = event.dataTransfer?.files[0]
        if (file) void file.text().then(text => openText(text, file.name))
      }}
    >
      <Header
        documents={documents}
        number={number}
        live={props.live}
        onNumber={setNumber}
        onOpen={openText}
        onDocuments={show}
        onProblem={setProblem}
      />
      {message !== '' && (
        <div class="problem" role="alert">
          <span>{message}</span>
          <button type="button" onClick={() => setProblem('')} aria-label="Close this message">
            ✕
          </button>
        </div>
      )}
      {document && !('result' in document) ? (
        <Guarded key={document} onProblem={setProblem}>
          <SweepView report={document} />
        </Guarded>
      ) : typeof replay === 'object' ? (
        <Guarded key={`${number} ${replay.recording.result.scenario}`} onProblem={setProblem}>
          <RunView replay={replay} live={live} run={live ? live.id : replay} />
        </Guarded>
      ) : (
        <main class="nothing">
          <h1>nbs-lab viewer</h1>
          <p>
            {props.live
              ? 'Running the first scenario…'
              : 'Open what nbs run --json or nbs sweep --json printed, or a report: with the button above, or by dropping it here.'}
          </p>
        </main>
      )}
    </div>
  )
}

const replayed = (recording: Recording): Replay | string => {
  try {
    return replayOf(recording)
  } catch (error) {
    return senseless(error as Error)
  }
}

const senseless = ({ message }: Error): string =>
  `This result cannot be shown: something in it does not fit together (${message}).`

/** A file may have the shape of a result and still make no sense: that is said, instead of an empty page. */
const Guarded = (props: { onProblem: (problem: string) => void; children: ComponentChildren }) => {
  const [error] = useErrorBoundary((error: Error) => props.onProblem(senseless(error)))
  return error === undefined ? <>{props.children}</> : <main class="nothing" />
}
