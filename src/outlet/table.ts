/**
 * A table without edges, as lines. Cells are made safe before they are measured: a code is wider than the character that it
 * stands for, and a line feed of a stranger must not begin a row.
 */
import process from 'node:process'
import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import wrapAnsi from 'wrap-ansi'
import { visible } from './escape.ts'
import { widthOf } from './fit.ts'

/** A list has a line for each; `right` stands at the right edge of its column. */
export type Cell = string | readonly string[] | { readonly right: string }

const EDGES = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
]
const SIDES = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid']

/** Without rows, the head alone. Where it is wider than the terminal, the widest columns break their cells. */
export const tableLines = (
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  width = widthOf(process.stdout),
): string[] => {
  const widths = widthsWithin(width, [head, ...rows])
  const table = new Table({
    head: head.map((cell, at) => textOf(broken(cell, widths?.[at]))),
    chars: { ...Object.fromEntries([...EDGES, ...SIDES].map(edge => [edge, ''])), middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for (const row of rows) table.push(row.map((cell, at) => safe(broken(cell, widths?.[at]))))
  return table
    .toString()
    .replaceAll(ADDED, '')
    .split('\n')
    .map(line => (widths ? line.trimEnd() : line))
}

const textOf = (cell: Cell): string => {
  const made = safe(cell)
  return typeof made === 'string' ? made : made.content
}

/** A cell that is broken loses its colour: it would colour its neighbours. */
const broken = (cell: Cell, width: number | undefined): Cell => {
  if (width === undefined || widthOfCell(cell) <= width || (typeof cell === 'object' && 'right' in cell))
    return cell
  const lines = typeof cell === 'string' ? [cell] : cell
  return lines.flatMap(line =>
    wrapAnsi(stripVTControlCharacters(visible(line)), width, { hard: true }).split('\n'),
  )
}

/** Blanks between two columns. */
const GAP = 2
/** A column is not made narrower than this. */
const NARROWEST = 8

/** Undefined: it fits, or nothing is to fit. */
const widthsWithin = (
  width: number | undefined,
  rows: readonly (readonly Cell[])[],
): readonly number[] | undefined => {
  const natural = (rows[0] ?? []).map((_, at) => Math.max(...rows.map(row => widthOfCell(row[at] ?? ''))))
  const room = (width ?? Infinity) - GAP * (natural.length - 1)
  const widths = [...natural]
  let spare = room - widths.reduce((sum, each) => sum + each, 0)
  if (spare >= 0) return undefined
  while (spare < 0) {
    const widest = widths.indexOf(Math.max(...widths))
    if (widths[widest]! <= NARROWEST) break
    widths[widest]!--
    spare++
  }
  return widths
}

const widthOfCell = (cell: Cell): number => {
  const lines = typeof cell === 'string' ? [cell] : 'right' in cell ? [cell.right] : cell
  return Math.max(0, ...lines.map(line => stripVTControlCharacters(visible(line)).length))
}

/** The package ends colours once more where it does not know ours. */
const ADDED = /\u001b\[\d+m/g

const safe = (cell: Cell): string | { content: string; hAlign: 'right' } => {
  if (typeof cell === 'string') return visible(cell)
  return 'right' in cell ? { content: visible(cell.right), hAlign: 'right' } : cell.map(visible).join('\n')
}
