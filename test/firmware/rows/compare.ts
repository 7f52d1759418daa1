/**
 * Holds what was seen against what a table says. Does not know which rows there are.
 */
import { type Cell, MUTE_FILES, type Seconds } from './cell.ts'
import type { Seen } from './seen.ts'

/** Seconds by which a model may differ from the firmware. */
export const TOLERANCE = 0.2

/** Every way in which they differ, in words; empty if they agree. `timed`: the cell's times were measured. */
export const differences = (seen: Seen, cell: Cell, timed: boolean): string[] => {
  const found: string[] = []
  const compare = (what: string, got: unknown, wanted: unknown) => {
    if (got !== wanted) found.push(`${what}: wanted ${String(wanted)}, got ${String(got)}`)
  }
  compare('outcome', seen.outcome, outcomeOf(cell))
  compare('lease', seen.lease, cell.lease)
  if (cell.lease === undefined) compare('REQUEST to', seen.requestTo, cell.requestTo)
  compare('4011', seen.asked, cell.asked ?? '')
  compare('file server', seen.reads, cell.reads)
  if (cell.reads !== undefined) {
    const file = cell.file ?? `boot-${cell.reads}`
    compare('file', seen.file, file)
    const whole = outcomeOf(cell) === 'booted' && !MUTE_FILES.includes(file)
    if (whole) compare('content', seen.content, `I am ${file} from ${cell.reads}`)
  }
  found.push(...screenDifferences(seen, cell))
  if (!timed) return found
  found.push(...timeDifferences('REQUEST', seen.request, cell.request))
  found.push(...timeDifferences('RRQ', seen.rrq, cell.rrq))
  // Of a machine that hangs or waits nobody can tell when it has ended.
  if (cell.end !== undefined) found.push(...timeDifferences('end', seen.end, cell.end))
  return found
}

const outcomeOf = ({ fails, pending }: Cell): string =>
  pending ? 'pending' : fails === undefined ? 'booted' : 'failed'

const screenDifferences = ({ code, screen }: Seen, { fails, says }: Cell): string[] => {
  if (fails === '' && code !== null) return [`code: wanted none, got ${code}`]
  if (fails && !code?.includes(fails)) return [`code: wanted ${fails}, got ${code}`]
  const text = says ?? fails ?? ''
  return screen.some(line => line.includes(text)) ? [] : [`the screen does not show ${text}`]
}

const timeDifferences = (what: string, got: number | undefined, wanted: Seconds | undefined): string[] => {
  if (got === undefined && wanted === undefined) return []
  if (got === undefined || wanted === undefined)
    return [`${what}: wanted ${String(wanted ?? 'none')}, got ${String(got ?? 'none')}`]
  const [lowest, highest] = typeof wanted === 'number' ? [wanted, wanted] : wanted
  // The tables have two digits.
  const seconds = Math.round(got * 100) / 100
  const near = seconds >= lowest - TOLERANCE - 1e-9 && seconds <= highest + TOLERANCE + 1e-9
  return near ? [] : [`${what}: wanted ${String(wanted)} s, got ${seconds} s`]
}
