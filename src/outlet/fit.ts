/**
 * Lines that fit a terminal: broken at blanks, what follows indented below the beginning. Elsewhere (a file, a pipe) a
 * line stays one. Does not print.
 */
import { stripVTControlCharacters } from 'node:util'
import wrapAnsi from 'wrap-ansi'

/** What of a terminal counts here. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Columns; undefined where nothing is to be broken. */
export const widthOf = ({ isTTY, columns }: Screen): number | undefined =>
  isTTY === true && columns !== undefined && columns >= NARROWEST ? columns : undefined

/** Below this nothing is readable any more. */
const NARROWEST = 30
/** A line that goes on stands so much deeper. */
const HANG = 2

/** Colours may be in the line, and go on behind a break. A word longer than the terminal is left whole. */
export const fitLine = (line: string, width: number | undefined): string[] => {
  if (width === undefined || stripVTControlCharacters(line).length <= width) return [line]
  const [, colour = '', indent = ''] = /^((?:\u001b\[\d+m)*)( *)/.exec(line)!
  const below = ' '.repeat(Math.min(indent.length + HANG, width >> 1))
  const text = `${colour}${line.slice(colour.length + indent.length)}`
  return wrapAnsi(text, width - below.length)
    .split('\n')
    .map((row, at) => `${at === 0 ? indent : below}${row}`)
}
