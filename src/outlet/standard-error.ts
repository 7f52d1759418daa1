/**
 * Standard error for servers: lines of JSON, made safe as everything that is printed, and never waited for.
 */
import { write } from 'node:fs'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { visibleJson } from './escape.ts'

/** Characters waiting for a reader of standard error; beyond, lines are dropped rather than kept. */
const MAX_LOG_BACKLOG = 4 * 1024 * 1024
/** How long the end of the program waits for a reader that does not read. */
const FLUSH_MILLIS = 1_000
/** A pipe that is full is tried again after this. */
const RETRY_MILLIS = 50

/**
 * Standard error, never waited for. Not pino's own destination: where the disk is full that one tries for ever, and
 * the program cannot end (pino 10, sonic-boom's `flushSync`). Lines that cannot be written are lost; serving goes on.
 */
export class StandardError {
  #waiting: string[] = []
  #length = 0
  #writing: Promise<void> | undefined

  write(json: string): void {
    const line = visibleJson(json)
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
