/**
 * What `nbs check` tells: a table for each chapter, and two targets beside each other. Does not print.
 */
import { CHAPTERS, findClause } from '../../conformance/chapters.ts'
import type { Chapter } from '../../conformance/clause.ts'
import type { Verdict } from '../../conformance/judgement.ts'
import type { CheckResult, ClauseResult } from '../../conformance/suite.ts'
import { tableLines } from '../../outlet/table.ts'
import type { Palette } from './palette.ts'

const WORDS: Readonly<Record<Verdict, string>> = {
  passed: 'passed',
  failed: 'failed',
  notApplicable: 'not applicable',
  notRun: 'not run',
}

const HEAD = ['clause', 'level', 'verdict', 'because'] as const

const paint = (verdict: Verdict, colour: Palette): ((text: string) => string) =>
  ({ passed: colour.green, failed: colour.red, notApplicable: colour.dim, notRun: colour.yellow })[verdict]

export const checkText = (result: CheckResult, colour: Palette): string[] => [
  `${colour.bold(result.target)}  by nbs-lab ${result.version}`,
  ...chaptersOf(result).flatMap(({ chapter, clauses }) => [
    '',
    colour.bold(`${chapter.letter}  ${chapter.title}`),
    ...tableLines(
      HEAD,
      clauses.map(clause => rowOf(clause, colour)),
    ),
  ]),
  '',
  summaryOf(result, colour),
]

const chaptersOf = ({ clauses }: CheckResult) =>
  CHAPTERS.map(chapter => ({ chapter, clauses: clauses.filter(of(chapter)) })).filter(
    each => each.clauses.length > 0,
  )

const of =
  ({ letter }: Chapter) =>
  ({ id }: ClauseResult): boolean =>
    id.startsWith(letter)

const rowOf = (clause: ClauseResult, colour: Palette) => {
  const { id, level, verdict, because, requirement, source, frames } = clause
  const isFailed = verdict === 'failed'
  return [
    id,
    level,
    paint(verdict, colour)(WORDS[verdict]),
    isFailed
      ? [
          because,
          `wanted: ${requirement}`,
          `source: ${source}; rules ${findClause(id)?.rules.join(', ') ?? ''}${frames.length > 0 ? `; packets ${frames.join(', ')}` : ''}`,
        ]
      : because,
  ]
}

const VERDICTS: readonly Verdict[] = ['passed', 'failed', 'notApplicable', 'notRun']

const countsOf = (clauses: readonly ClauseResult[]): string =>
  VERDICTS.map(verdict => ({ verdict, count: clauses.filter(each => each.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${WORDS[verdict]}`)
    .join(', ')

const summaryOf = ({ clauses }: CheckResult, colour: Palette): string => {
  const failed = clauses.filter(({ verdict }) => verdict === 'failed')
  const musts = failed.filter(({ level }) => level === 'MUST')
  const ids = failed.map(({ id }) => id).join(', ')
  if (!clauses.some(({ verdict }) => verdict === 'passed' || verdict === 'failed'))
    return colour.red('Nothing of it answered: no clause could be judged.')
  const counts = `${clauses.length} clauses: ${countsOf(clauses)}.`
  if (failed.length === 0) return `${counts} ${colour.green('Every MUST that applies passed.')}`
  return musts.length === 0
    ? `${counts} Failed: ${ids}, none of them a MUST.`
    : `${counts} ${colour.red(`Failed: ${ids}.`)}`
}

/** Rows of clauses on which they differ; the others are counted. */
export const comparisonText = (a: CheckResult, b: CheckResult, colour: Palette): string[] => {
  const rows = a.clauses.flatMap(one => {
    const other = b.clauses.find(({ id }) => id === one.id)
    return other ? [{ one, other }] : []
  })
  const different = rows.filter(({ one, other }) => one.verdict !== other.verdict)
  const cell = ({ verdict, because }: ClauseResult) => [paint(verdict, colour)(WORDS[verdict]), because]
  return [
    ...tableLines(
      ['clause', 'level', a.target, b.target],
      different.map(({ one, other }) => [one.id, one.level, cell(one), cell(other)]),
    ),
    '',
    `${rows.length - different.length} of ${rows.length} clauses have the same verdict.`,
    `${a.target}: ${countsOf(a.clauses)}.`,
    `${b.target}: ${countsOf(b.clauses)}.`,
  ]
}

/** The clauses themselves. */
export const clauseList = (): string[] =>
  CHAPTERS.flatMap(({ letter, title, clauses }) => [
    `${letter}  ${title}`,
    ...tableLines(
      ['clause', 'level', 'requirement', 'source', 'rules'],
      clauses.map(({ id, level, requirement, source, rules }) => [
        id,
        level,
        requirement,
        source,
        rules.join(', '),
      ]),
    ),
    '',
  ])
