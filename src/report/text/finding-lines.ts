/**
 * Findings for people at a terminal: one headline per cause, and what follows from it indented below. Does not print;
 * returns lines.
 */
import type { FindingLinks } from '../../analysis/causes.ts'
import type { Confidence, Severity } from '../../analysis/finding-meta.ts'
import type { Palette } from './palette.ts'

/** What lines are made of; findings of runs, captures and probes have it. */
export interface FindingText {
  readonly rule: string
  readonly severity: Severity
  readonly confidence: Confidence
  readonly subnet: string | null
  readonly message: string
  readonly because: string
  readonly remedy: string
  readonly evidence: readonly { readonly frame: number; readonly seconds: number; readonly text: string }[]
}

const EVIDENCE_SHOWN = 3
const INDENT = '    '

const SEVERITY_TEXT = { error: 'ERROR', warning: 'WARNING', info: 'INFO' } as const

export interface Headline<F> {
  readonly finding: F
  /** What follows from it, directly or not, nearest first. */
  readonly consequences: readonly F[]
}

/** In the order of the list; each finding stands once, below the first of its causes. */
export const headlines = <F extends FindingLinks>(findings: readonly F[]): Headline<F>[] => {
  const below = (finding: F, index: number): F[] =>
    finding.causes.flatMap(link => {
      const consequence = findings[link.index]!
      const isHere = consequence.causedBy[0]?.index === index
      return isHere ? [consequence, ...below(consequence, link.index)] : []
    })
  return findings.flatMap((finding, index) =>
    finding.causedBy.length === 0 ? [{ finding, consequences: below(finding, index) }] : [],
  )
}

/** `evidenceShown` is asked once per headline how many packets it has. Each headline ends with an empty line. */
export const findingLines = <F extends FindingText & FindingLinks>(
  findings: readonly F[],
  colour: Palette,
  evidenceShown: (finding: F) => number = () => EVIDENCE_SHOWN,
): string[] =>
  headlines(findings).flatMap(({ finding, consequences }) => [
    ...linesOf(finding, colour, evidenceShown(finding)),
    ...consequences.flatMap(consequence =>
      linesOf(consequence, colour, 0).map((line, i) => `${i === 0 ? '  + ' : INDENT}${line}`),
    ),
    '',
  ])

const linesOf = (finding: FindingText, colour: Palette, evidenceShown: number): string[] => {
  const paint = { error: colour.red, warning: colour.yellow, info: colour.cyan }[finding.severity]
  const where = finding.subnet === null ? '' : ` on ${finding.subnet}`
  const sure = finding.confidence === 'seen' ? '' : colour.dim(` (${finding.confidence})`)
  return [
    `${paint(SEVERITY_TEXT[finding.severity])} ${colour.bold(finding.rule)}${where}${sure}: ${finding.message}`,
    `  why: ${finding.because}`,
    `  do:  ${finding.remedy}`,
    ...finding.evidence
      .slice(0, evidenceShown)
      .map(({ frame, seconds, text }) => colour.dim(`  frame ${frame} at ${seconds.toFixed(6)} s: ${text}`)),
  ]
}
