/**
 * What a run prints: a line for each job, why one failed, and the sum. Does not run anything.
 */
import type { Failure, Outcome } from './job.ts'

const MAX_FAILURES = 20
const MAX_LINES = 60

const indented = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .slice(0, MAX_LINES)
    .map(line => `      ${line}`)
    .join('\n')

/** tap's details of a failed assertion; those that say where and what come first. */
const detailsOf = ({ details }: Failure): string => {
  if (typeof details !== 'object' || details === null) return ''
  const { at, diff, stack, source, found, wanted, ...more } = details as Record<string, unknown>
  const { fileName, lineNumber } = (at ?? {}) as { fileName?: string; lineNumber?: number }
  return [
    fileName === undefined ? '' : `${fileName}:${lineNumber}`,
    ...[diff ?? source, stack].filter(text => typeof text === 'string'),
    found === undefined ? '' : `found: ${JSON.stringify(found)}`,
    wanted === undefined ? '' : `wanted: ${JSON.stringify(wanted)}`,
    Object.keys(more).length === 0 ? '' : JSON.stringify(more),
  ]
    .filter(text => text !== '')
    .join('\n')
}

export const jobLines = (name: string, outcome: Outcome, cpu: number): string => {
  const { ok, passed, failures, output, seconds } = outcome
  const head = `${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s ${cpu.toFixed(1).padStart(6)} s CPU  ${name} (${passed})`
  if (ok) return head
  const told = failures
    .slice(0, MAX_FAILURES)
    .map(failure => `  not ok: ${failure.name}\n${indented(detailsOf(failure))}`)
  if (failures.length > MAX_FAILURES) told.push(`  … and ${failures.length - MAX_FAILURES} more`)
  // The end of its output, where no assertion tells what is wrong.
  if (failures.length === 0) told.push(indented(output.split('\n').slice(-MAX_LINES).join('\n')))
  return [head, ...told].join('\n')
}

/** Each reason with how often it was given. */
export const skipLines = (reasons: readonly string[]): string[] => {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => `skipped: ${reason} (${count})`)
}

const minutes = (seconds: number): string => {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

export const sumLine = (
  jobs: number,
  wall: number,
  cpu: { readonly user: number; readonly system: number },
): string =>
  `${jobs} jobs in ${minutes(wall)}; CPU ${minutes(cpu.user + cpu.system)} (user ${Math.round(cpu.user)} s, system ${Math.round(cpu.system)} s)`
