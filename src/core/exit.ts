/**
 * How the program ends: the exit statuses that programs rely on, and the error that carries one. Does not
 * print anything.
 */

export const EXIT = {
  /** Done, and everything expected was met. */
  ok: 0,
  /** An expectation or comparison failed, or something of severity `error` was found. */
  failed: 1,
  /** The input or the call is wrong. */
  usage: 2,
  /** A needed program or right is missing. */
  missing: 3,
} as const

/** Told to the user as one message without a stack trace; says what to do. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
  readonly status: number
  /** What is printed, line by line; `message` has them with line feeds between. */
  readonly lines: readonly string[]
  constructor(message: string | readonly string[], status: number = EXIT.usage) {
    const lines = typeof message === 'string' ? [message] : message
    super(lines.join('\n'))
    this.lines = lines
    this.status = status
  }
}
