/**
 * What `lint` found, for people: a line that editors can jump to, why, and what to do. Does not print; returns lines.
 */
import type { LintFinding } from '../../scenario/lint.ts'
import type { Palette } from './run.ts'

export const lintLines = (findings: readonly LintFinding[], files: number, colour: Palette): string[] => {
  const lines = findings.flatMap(({ file, line, column, rule, severity, message, because, remedy }) => {
    const paint = { error: colour.red, warning: colour.yellow, info: colour.cyan }[severity]
    return [
      `${file}:${line}:${column}: ${paint(severity)} ${colour.bold(rule)}: ${message}`,
      `  why: ${because}`,
      `  do:  ${remedy}`,
    ]
  })
  return [...lines, ...(lines.length > 0 ? [''] : []), summaryOf(findings, files, colour)]
}

const summaryOf = (findings: readonly LintFinding[], files: number, colour: Palette): string => {
  const read = `${files} file${files === 1 ? '' : 's'}`
  if (findings.length === 0) return colour.green(`${read}: no findings`)
  const counts = (['error', 'warning', 'info'] as const).flatMap(severity => {
    const count = findings.filter(finding => finding.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}${count === 1 || severity === 'info' ? '' : 's'}`]
  })
  return `${read}: ${counts.join(', ')}`
}
