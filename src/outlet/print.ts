/**
 * The one way out to standard output and standard error. What is printed is made safe here and nowhere else, so that
 * no caller can forget it (`escape.ts`). Does not know what it prints.
 */
import process from 'node:process'
import { EXIT } from '../core/exit.ts'
import { visible, visibleJson, withoutMarks } from './escape.ts'
import { type Screen, fitLine, widthOf } from './fit.ts'

/** Each is one line, whatever stands in it: a line feed inside is shown as a code. A terminal breaks what is too long. */
export const print = (lines: readonly string[]): void =>
  void process.stdout.write(textOf(lines, process.stdout))

/** On standard error. */
export const warn = (lines: readonly string[]): void =>
  void process.stderr.write(textOf(lines, process.stderr))

const textOf = (lines: readonly string[], screen: Screen): string => {
  const width = widthOf(screen)
  return lines
    .flatMap(line => fitLine(withoutMarks(visible(line)), width))
    .map(line => `${line}\n`)
    .join('')
}

/** One JSON document on standard output, indented. */
export const printJson = (document: unknown): void =>
  void process.stdout.write(`${visibleJson(JSON.stringify(document, null, 2))}\n`)

/** One JSON document on a line. */
export const printJsonLine = (document: unknown): void =>
  void process.stdout.write(`${visibleJson(JSON.stringify(document))}\n`)

/** A text that is a file of its own, byte for byte; to a terminal, line by line as everything else. */
export const printFile = (text: string): void => {
  if (process.stdout.isTTY) print(text.replace(/\n$/, '').split('\n'))
  else process.stdout.write(text)
}

export type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>

/** Where a status line stands; other streams in tests. */
export const STATUS_STREAM: Terminal = process.stderr

/** A line that the next one replaces; nothing where the stream is no terminal. */
export const showStatus = (text: string, stream: Terminal = STATUS_STREAM): void => {
  if (!stream.isTTY) return
  stream.write(`\r${visible(text).slice(0, (stream.columns || 80) - 1)}\u001b[K`)
}

/** For loggers: each a line of JSON, made safe, on standard error. */
export const logStream = { write: (json: string): void => void process.stderr.write(visibleJson(json)) }

/** What happens where nobody reads any more: what is `endless` ends, the rest goes on to its verdict. */
export const withoutReader = (endless: boolean): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      if (endless) process.exit(EXIT.ok)
      return
    }
    warn([`nbs: standard output cannot be written: ${error.message}`])
    process.exit(EXIT.usage)
  })
  // Nobody is left to tell.
  process.stderr.on('error', () => {})
}
