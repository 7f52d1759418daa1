/**
 * The log of a server: pino, JSON lines on standard error, never waited for; and the line `ready`, alone, in the
 * same stream. Whoever can make the server log gets a limited number of lines.
 */
import { write } from 'node:fs'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pino, { type Level, type Logger } from 'pino'

export interface ServerLog {
  readonly log: Logger
  /** The line that says that it listens: other programs wait for it. */
  readonly ready: () => void
  /** Resolves when what was said is written, or cannot be. */
  readonly flush: () => Promise<void>
}

/** Characters waiting for a reader of standard error; beyond, lines are dropped rather than kept. */
const MAX_LOG_BACKLOG = 4 * 1024 * 1024
/** How long the end of the program waits for a reader that does not read. */
const FLUSH_MILLIS = 1_000
/** A pipe that is full is tried again after this. */
const RETRY_MILLIS = 50

export const serverLog = (name: string, level: Level): ServerLog => {
  const outlet = new StandardError()
  const log = pino({ base: { name }, level, timestamp: pino.stdTimeFunctions.isoTime }, outlet)
  return { log, ready: () => outlet.write('ready\n'), flush: () => outlet.flush() }
}

/**
 * Standard error, never waited for. Not pino's own destination: where the disk is full that one tries for ever, and
 * the program cannot end (pino 10, sonic-boom's `flushSync`). Lines that cannot be written are lost; serving goes on.
 */
class StandardError {
  #waiting: string[] = []
  #length = 0
  #writing: Promise<void> | undefined

  write(line: string): void {
    if (this.#length + line.length > MAX_LOG_BACKLOG) return
    this.#waiting.push(line)
    this.#length += line.length
    this.#writing ??= this.#drain().finally(() => (this.#writing = undefined))
  }

  async flush(): Promise<void> {
    const over = new AbortController()
    const patience = pause(FLUSH_MILLIS, undefined, { signal: over.signal }).catch(() => {})
    await Promise.race([this.#writing, patience])
    over.abort()
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('')
      this.#waiting = []
      await writeWhole(Buffer.from(text))
      this.#length -= text.length
    }
  }
}

const writeSome = promisify(write)

const writeWhole = async (bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length;) {
    try {
      at += (await writeSome(process.stderr.fd, bytes, at)).bytesWritten
    } catch (error) {
      // A reader that went away or a full disk is no reason to stop serving.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      await pause(RETRY_MILLIS, undefined, { ref: false })
    }
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
