/**
 * A table without edges, as lines. Cells are made safe before they are measured: a code is wider than the character that it
 * stands for, and a line feed of a stranger must not begin a row.
 */
import Table from 'cli-table3'
import { visible } from './escape.ts'

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

/** Without rows, the head alone. */
export const tableLines = (head: readonly string[], rows: readonly (readonly Cell[])[]): string[] => {
  const table = new Table({
    head: head.map(visible),
    chars: { ...Object.fromEntries([...EDGES, ...SIDES].map(edge => [edge, ''])), middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for (const row of rows) table.push(row.map(safe))
  return table.toString().split('\n')
}

const safe = (cell: Cell): string | { content: string; hAlign: 'right' } => {
  if (typeof cell === 'string') return visible(cell)
  return 'right' in cell ? { content: visible(cell.right), hAlign: 'right' } : cell.map(visible).join('\n')
}
