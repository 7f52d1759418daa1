/**
 * How far an imported scenario reproduces its capture, for people at a terminal. Does not print; returns lines.
 */
import type { ImportedMachine } from '../../importing/check.ts'
import type { Palette } from './palette.ts'
import { plainTable } from './run.ts'

/** More are in `--json`. */
const MACHINES_SHOWN = 40

export interface ImportTold {
  readonly machines: readonly ImportedMachine[]
  readonly agreeing: number
  readonly total: number
  readonly notes: readonly string[]
}

export const importText = ({ machines, agreeing, total, notes }: ImportTold, colour: Palette): string[] => {
  // What differs is worth the first lines.
  const sorted = [...machines].sort(
    (a, b) => Number(b.differences.length > 0) - Number(a.differences.length > 0),
  )
  const shown = sorted.slice(0, MACHINES_SHOWN)
  const table = plainTable(
    ['machine', 'MAC', 'firmware', 'lease', 'winner', 'file', 'as far as seen', 'in the run'],
    colour,
  )
  for (const machine of shown) table.push(rowOf(machine, colour))
  return [
    ...table.lines(),
    ...(machines.length > shown.length ? [`… and ${machines.length - shown.length} more`] : []),
    '',
    (agreeing === total ? colour.green : colour.yellow)(
      `${agreeing} of ${total} ${total === 1 ? 'machine does' : 'machines do'} in the run what the capture shows.`,
    ),
    ...notes.map(note => `${colour.yellow('note')} ${note}`),
  ]
}

const rowOf = (
  { name, mac, firmware, profile, facts, differences }: ImportedMachine,
  colour: Palette,
): (string | readonly string[])[] => [
  name,
  mac,
  `${firmware} ${profile}`,
  facts.lease ?? '-',
  facts.winner ?? '-',
  facts.file ?? '-',
  facts.outcome,
  differences.length === 0
    ? colour.green('the same')
    : differences.map(
        ({ fact, captured, imported }) => `${fact}: ${short(captured)}, not ${short(imported)}`,
      ),
]

/** Characters of a fact that differs. */
const FACT_SHOWN = 60
const short = (text: string): string => (text.length <= FACT_SHOWN ? text : `${text.slice(0, FACT_SHOWN)}…`)
