/**
 * What a program's relay and this process say to each other over two pipes: frames, and a few words. A message is its
 * length in four bytes (big-endian, with the type), its type in one, and a body. Pure.
 */
import { u32At, writeU32 } from '../../../core/bytes.ts'

/** Both ways. */
export const FRAME = 0
/** To the relay: everything it needs to begin, as JSON; then files; then the order to start. */
export const SETUP = 1
export const FILE = 2
export const START = 3
/** From the relay: a line of the program's log; something that happened, as JSON. */
export const LOG = 4
export const EVENT = 5

/** Longest message: a file of a program (docs/limits.md). */
export const MAX_MESSAGE = 1 << 30
const HEAD = 5

export interface RelaySetup {
  /** Of the program's card. */
  readonly card: string
  readonly mac: string
  /** With its prefix length. */
  readonly address: string
  readonly router: string | null
  readonly command: readonly string[]
  /** In which the program is started. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  readonly scratch: readonly string[]
  /** Paths of programs. */
  readonly tools: { readonly ip: string; readonly unshare: string; readonly socat: string | null }
}

export type RelayEvent =
  /** The program runs, with its card. */
  | { readonly kind: 'started' }
  /** It has opened a socket. */
  | { readonly kind: 'listening' }
  | { readonly kind: 'ended'; readonly code: number | null; readonly signal: string | null }
  /** It could not be given what it needs. */
  | { readonly kind: 'failed'; readonly why: string }

export const message = (type: number, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(HEAD + body.length)
  writeU32(bytes, 0, body.length + 1)
  bytes[4] = type
  bytes.set(body, HEAD)
  return bytes
}

const utf8 = new TextEncoder()
export const textMessage = (type: number, text: string): Uint8Array => message(type, utf8.encode(text))
export const jsonMessage = (type: number, value: object): Uint8Array =>
  textMessage(type, JSON.stringify(value))

/** A name, a line feed, the content. */
export const fileMessage = (name: string, content: Uint8Array): Uint8Array => {
  const head = utf8.encode(`${name}\n`)
  const body = new Uint8Array(head.length + content.length)
  body.set(head)
  body.set(content, head.length)
  return message(FILE, body)
}

/** Puts together what comes in pieces. */
export class MessageReader {
  readonly #take: (type: number, body: Uint8Array) => void
  #pieces: Uint8Array[] = []
  #length = 0

  constructor(take: (type: number, body: Uint8Array) => void) {
    this.#take = take
  }

  /** Throws `RangeError` for a length that no message has. */
  add(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#length += piece.length
    while (this.#length >= 4) {
      const whole = 4 + this.#wanted()
      if (this.#length < whole) return
      const bytes = this.#joined()
      this.#pieces = whole < bytes.length ? [bytes.subarray(whole)] : []
      this.#length -= whole
      this.#take(bytes[4]!, bytes.subarray(HEAD, whole))
    }
  }

  #wanted(): number {
    if (this.#pieces[0]!.length < 4) this.#joined()
    const length = u32At(this.#pieces[0]!, 0)
    if (length < 1 || length > MAX_MESSAGE) throw new RangeError(`a message of ${length} bytes`)
    return length
  }

  #joined(): Uint8Array {
    if (this.#pieces.length === 1) return this.#pieces[0]!
    const bytes = new Uint8Array(this.#length)
    let at = 0
    for (const piece of this.#pieces) {
      bytes.set(piece, at)
      at += piece.length
    }
    this.#pieces = [bytes]
    return bytes
  }
}

/** Cuts a stream of text into lines; what is longer than `most` goes on in the next. */
export class LineCutter {
  readonly #show: (line: string) => void
  readonly #most: number
  #rest = ''

  constructor(most: number, show: (line: string) => void) {
    this.#most = most
    this.#show = show
  }

  add(text: string): void {
    this.#rest += text
    const lines = this.#rest.split(/\r?\n/)
    this.#rest = lines.pop()!
    for (const line of lines) this.#tell(line)
    if (this.#rest.length > this.#most) this.end()
  }

  end(): void {
    if (this.#rest !== '') this.#tell(this.#rest)
    this.#rest = ''
  }

  #tell(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += this.#most)
      if (line.trim() !== '') this.#show(line.slice(at, at + this.#most))
  }
}
