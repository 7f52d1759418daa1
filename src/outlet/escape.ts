/**
 * What others wrote, made safe to show: characters that move a cursor, break a line, turn the direction of text or
 * cannot be seen at all become their codes. Knows its own colours from everybody else's. Does not print.
 *
 * Unicode's categories say which: Cc (C0, DEL, C1), Cf (bidirectional controls, zero width, tags), Zl and Zp
 * (separators of lines and paragraphs), Cs (halves of pairs).
 */
import { randomInt } from 'node:crypto'

/** Drawn once per process: a sequence without it is somebody else's, and is shown instead of obeyed. */
const MARK = `${randomInt(1000, 10_000)};${randomInt(1000, 10_000)}`

const OWN = `\\u001b\\[(\\d{1,2});${MARK}m`
const OWN_COLOURS = new RegExp(OWN, 'g')
const SHOWN_AS_CODE = new RegExp(`${OWN}|[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]`, 'gu')

/** A colour or its end, in a form that `visible` knows as ours; a terminal ignores the mark. */
export const ownColour = (code: number): string => `\u001b[${code};${MARK}m`

/** One line of text, our own colours kept: `\x1b`, `\u202e`, `\u{e0041}`. Twice is as once. */
export const visible = (line: string): string =>
  line.replace(SHOWN_AS_CODE, (found, own) => (own === undefined ? codeOf(found) : found))

/** As a terminal reads it: without our marks. */
export const withoutMarks = (line: string): string => line.replace(OWN_COLOURS, '\u001b[$1m')

/** The same for JSON text, which stays the same JSON: `\u202e`. Its own line feeds are kept. */
export const visibleJson = (json: string): string =>
  json.replace(/[\u007f-\u009f]|[\p{Cf}\p{Zl}\p{Zp}]/gu, found =>
    Array.from({ length: found.length }, (_, i) => `\\u${hex(found.charCodeAt(i), 4)}`).join(''),
  )

const codeOf = (char: string): string => {
  const code = char.codePointAt(0)!
  if (code < 0x100) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')
