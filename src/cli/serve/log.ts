/**
 * The log of a server: pino, JSON lines on standard error, never waited for; and the line `ready`, alone, in the
 * same stream. Whoever can make the server log gets a limited number of lines.
 */
import pino, { type Level, type Logger } from 'pino'

export interface ServerLog {
  readonly log: Logger
  /** The line that says that it listens (design §6). */
  readonly ready: () => void
  /** Writes what is left. */
  readonly flush: () => void
}

/** Bytes waiting for a reader of standard error; beyond, lines are dropped rather than kept. */
export const MAX_LOG_BACKLOG = 4 * 1024 * 1024

export const serverLog = (name: string, level: Level): ServerLog => {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: MAX_LOG_BACKLOG })
  // A reader that went away is no reason to stop serving.
  destination.on('error', () => {})
  const log = pino({ base: { name }, level, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  return {
    log,
    ready: () => void destination.write('ready\n'),
    flush: () => {
      try {
        destination.flushSync()
      } catch {
        // Nothing was opened yet, or nobody reads.
      }
    },
  }
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
