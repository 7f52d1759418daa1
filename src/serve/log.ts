/**
 * The log of a server: pino, JSON lines on standard error, never waited for; and the line `ready`, alone, in the
 * same stream. Whoever can make the server log gets a limited number of lines.
 */
import pino, { type Level, type Logger } from 'pino'
import { StandardError } from '../outlet/standard-error.ts'

export interface ServerLog {
  readonly log: Logger
  /** The line that says that it listens: other programs wait for it. */
  readonly ready: () => void
  /** Resolves when what was said is written, or cannot be. */
  readonly flush: () => Promise<void>
}

export const serverLog = (name: string, level: Level): ServerLog => {
  const outlet = new StandardError()
  const log = pino({ base: { name }, level, timestamp: pino.stdTimeFunctions.isoTime }, outlet)
  return { log, ready: () => outlet.write('ready\n'), flush: () => outlet.flush() }
}

/** Lines of one kind per period; a flood of requests must not become a flood of lines. */
export const MAX_LINES = 200
const PERIOD_MILLIS = 1_000

export class LineLimit {
  readonly #now: () => number
  #since = 0
  #lines = 0
  #left = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Calls `write` with how many lines were left out before it, or leaves this one out. */
  line(write: (leftOut: number) => void): void {
    const now = this.#now()
    if (now - this.#since >= PERIOD_MILLIS) {
      this.#since = now
      this.#lines = 0
    }
    if (++this.#lines > MAX_LINES) {
      this.#left++
      return
    }
    write(this.#left)
    this.#left = 0
  }
}
