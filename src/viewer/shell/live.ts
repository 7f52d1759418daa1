/**
 * A live run of `nbs demo`: snapshots of a recording that grows, as lines of JSON, until the run is over. Speaks to the
 * program that serves the page, and to nobody else.
 */
import { type Document, openResult } from '../replay/open-result.ts'

export interface Live {
  readonly id: number
  readonly speed: number
  readonly going: boolean
}

export interface Watcher {
  readonly show: (documents: readonly [Document, ...Document[]], live: Live) => void
  readonly problem: (message: string) => void
}

export interface Wanted {
  readonly file: string
  readonly seed?: string
  readonly set: readonly string[]
  readonly speed: number
}

/** Returns how to stop watching, which ends the run. */
export const watchLive = (wanted: Wanted, watcher: Watcher): (() => void) => {
  const abort = new AbortController()
  void follow(wanted, watcher, abort.signal).catch((error: Error) => {
    if (!abort.signal.aborted) watcher.problem(`The live run cannot be followed: ${error.message}`)
  })
  return () => abort.abort()
}

interface Line {
  readonly live?: number
  readonly recording?: Document
  readonly isWhole?: boolean
  readonly problem?: string
}

const follow = async (wanted: Wanted, watcher: Watcher, signal: AbortSignal): Promise<void> => {
  const response = await fetch('api/live', { ...post(wanted), signal })
  if (!response.ok || !response.body) return watcher.problem(await response.text())
  let id = 0
  for await (const text of linesOf(response.body)) {
    const line = JSON.parse(text) as Line
    if (line.live !== undefined) id = line.live
    if (line.problem !== undefined) watcher.problem(line.problem)
    if (!line.recording) continue
    const opened = openResult(JSON.stringify(line.recording))
    if (!opened.ok) return watcher.problem(opened.message)
    watcher.show(opened.documents, { id, speed: wanted.speed, going: line.isWhole !== true })
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines
  }
}

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

export type Verb = 'stop' | 'start' | 'cut' | 'heal'

/** Empty: done. Else why not. */
export const act = async ({ id }: Live, verb: Verb, name: string): Promise<string> => {
  try {
    const response = await fetch('api/act', post({ id, verb, name }))
    return response.ok ? '' : await response.text()
  } catch {
    return 'nbs demo does not answer: was it stopped?'
  }
}
