/**
 * An HTTP response as it comes, byte by byte: its head, then its body by Content-Length, in chunks, or up to the end of
 * the connection (RFC 9112 §6, §7). Does not follow redirects and does not judge a status.
 */
import { latin1Text } from '../../core/bytes.ts'
import { HeadReader } from '../../wire/http/head-reader.ts'
import { type ResponseHead, contentLength, readResponseHead } from '../../wire/http/head.ts'

/** A line that says how long a chunk is; longer ones are no chunk lines. */
const MAX_CHUNK_LINE = 64

type Framing =
  | { readonly by: 'nothing' }
  | { readonly by: 'length'; left: number }
  | { readonly by: 'chunks'; left: number; line: string; phase: 'line' | 'data' | 'dataEnd' | 'trailer' }
  | { readonly by: 'end' }

export type ResponseState = 'head' | 'body' | 'complete' | 'broken'

export class ResponseReader {
  readonly #method: string
  readonly #onBody: (bytes: Uint8Array) => void
  readonly #reader = new HeadReader()
  #state: ResponseState = 'head'
  #head: ResponseHead | undefined
  #framing: Framing = { by: 'nothing' }

  /** `onBody` gets parts of the body, without framing, in order. */
  constructor(method: string, onBody: (bytes: Uint8Array) => void) {
    this.#method = method
    this.#onBody = onBody
  }

  get state(): ResponseState {
    return this.#state
  }

  get head(): ResponseHead | undefined {
    return this.#head
  }

  add(bytes: Uint8Array): void {
    if (this.#state === 'head') this.#addToHead(bytes)
    else if (this.#state === 'body') this.#addToBody(bytes)
  }

  /** The other side sends no more. */
  end(): void {
    if (this.#state === 'body' && this.#framing.by === 'end') this.#state = 'complete'
    else if (this.#state !== 'complete') this.#state = 'broken'
  }

  #addToHead(bytes: Uint8Array): void {
    const read = this.#reader.add(bytes)
    if (read.kind === 'more') return
    const head = read.kind === 'head' ? readResponseHead(read.text) : undefined
    if (!head || read.kind !== 'head') return void (this.#state = 'broken')
    // 100 Continue and its like come before the answer.
    if (head.status < 200) return this.#addToHead(read.rest)
    this.#head = head
    this.#framing = framingOf(this.#method, head)
    const isEmpty =
      this.#framing.by === 'nothing' || (this.#framing.by === 'length' && this.#framing.left === 0)
    this.#state = isEmpty ? 'complete' : 'body'
    if (!isEmpty && read.rest.length > 0) this.#addToBody(read.rest)
  }

  #addToBody(bytes: Uint8Array): void {
    const framing = this.#framing
    if (framing.by === 'end') this.#onBody(bytes)
    else if (framing.by === 'length') {
      const part = bytes.subarray(0, framing.left)
      framing.left -= part.length
      this.#onBody(part)
      if (framing.left === 0) this.#state = 'complete'
    } else if (framing.by === 'chunks') this.#addChunks(framing, bytes)
  }

  #addChunks(framing: Extract<Framing, { by: 'chunks' }>, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.#state === 'body';) {
      if (framing.phase === 'data') {
        const part = bytes.subarray(at, at + framing.left)
        at += part.length
        framing.left -= part.length
        this.#onBody(part)
        if (framing.left === 0) framing.phase = 'dataEnd'
      } else at = this.#addLine(framing, bytes, at)
    }
  }

  #addLine(framing: Extract<Framing, { by: 'chunks' }>, bytes: Uint8Array, from: number): number {
    const end = bytes.indexOf(10, from)
    const to = end < 0 ? bytes.length : end
    framing.line += latin1Text(bytes, from, to)
    if (framing.line.length > MAX_CHUNK_LINE && framing.phase !== 'trailer') this.#state = 'broken'
    if (end < 0) return to
    const line = framing.line.trim()
    framing.line = ''
    if (framing.phase === 'line') {
      const size = /^[0-9a-f]{1,8}(?:;.*)?$/i.test(line) ? parseInt(line, 16) : undefined
      if (size === undefined) this.#state = 'broken'
      framing.left = size ?? 0
      framing.phase = size === 0 ? 'trailer' : 'data'
    } else if (framing.phase === 'dataEnd') framing.phase = 'line'
    else if (line === '') this.#state = 'complete'
    return to + 1
  }
}

const framingOf = (method: string, { status, fields }: ResponseHead): Framing => {
  if (method === 'HEAD' || status === 204 || status === 304) return { by: 'nothing' }
  if ((fields.get('transfer-encoding') ?? '').toLowerCase().includes('chunked'))
    return { by: 'chunks', left: 0, line: '', phase: 'line' }
  const left = contentLength(fields)
  return left === undefined ? { by: 'end' } : { by: 'length', left }
}
