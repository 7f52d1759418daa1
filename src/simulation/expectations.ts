/**
 * Compares what a run showed with what its scenario expects. Does not decide the exit status.
 */
import { type Unwanted, isUnwanted } from '../analysis/unwanted.ts'
import { type Micros, toSeconds } from '../core/micros.ts'
import { type Outcome, OUTCOMES } from '../core/outcome.ts'
import { type Expectations, JOB_STATES, type JobState, type OutcomeExpectation } from '../scenario/model.ts'
import type { Range } from '../document/quantities.ts'
import type { ClientResult, ExpectationResult, FindingResult } from './result.ts'

export const judge = (
  expect: Expectations,
  clients: readonly ClientResult[],
  findings: readonly FindingResult[],
): ExpectationResult[] => [
  ...expect.findings.map(rule => judgeFinding(rule, true, findings)),
  ...judgeUnwanted(expect.noFindings, findings),
  ...expect.outcomes.flatMap(outcome => judgeOutcome(outcome, clients)),
]

const judgeFinding = (
  rule: string,
  wanted: boolean,
  findings: readonly FindingResult[],
): ExpectationResult => {
  const found = findings.filter(finding => finding.rule === rule)
  return {
    text: `${wanted ? 'finding' : 'no finding'} ${rule}`,
    met: found.length > 0 === wanted,
    got: found[0]?.message ?? `not found; found: ${listed(findings.map(finding => finding.rule))}`,
  }
}

const judgeUnwanted = (unwanted: Unwanted, findings: readonly FindingResult[]): ExpectationResult[] => {
  if (typeof unwanted !== 'string') return unwanted.map(rule => judgeFinding(rule, false, findings))
  const found = findings.filter(isUnwanted(unwanted))
  return [
    {
      text:
        unwanted === 'all'
          ? 'no findings'
          : `no findings of severity ${unwanted}${unwanted === 'error' ? '' : ' or worse'}`,
      met: found.length === 0,
      got: listed(found.map(({ rule }) => rule)),
    },
  ]
}

const judgeOutcome = (
  expected: OutcomeExpectation,
  clients: readonly ClientResult[],
): ExpectationResult[] => {
  const members = new Set(expected.members)
  const ours = clients.filter(client => members.has(client.name))
  const results: ExpectationResult[] = []
  for (const outcome of OUTCOMES) {
    const range = expected[outcome]
    if (range) results.push(judgeCount(expected.clients, outcome, range, ours))
  }
  if (expected.from) results.push(judgeServers(expected.clients, expected.from, ours))
  if (expected.file !== undefined) {
    const booted = ours.filter(client => client.outcome === 'booted')
    results.push(
      judgeTexts(
        `${expected.clients}: file ${expected.file}`,
        expected.file,
        booted.map(client => client.file),
      ),
    )
  }
  if (expected.code !== undefined) {
    const stopped = ours.filter(client => client.outcome !== 'booted')
    results.push(
      judgeTexts(
        `${expected.clients}: code ${expected.code}`,
        expected.code,
        stopped.map(client => client.code),
      ),
    )
  }
  if (expected.within !== undefined) results.push(judgeTime(expected.clients, expected.within, ours))
  return [...results, ...judgeJobs(expected, ours)]
}

const judgeTime = (group: string, within: Micros, clients: readonly ClientResult[]): ExpectationResult => {
  const seconds = toSeconds(within)
  const late = clients.filter(client => !isInTime(client, seconds))
  const slowest = clients.reduce((most, client) => Math.max(most, client.seconds), 0)
  return {
    text: `${group}: within ${seconds} s`,
    met: late.length === 0 && clients.length > 0,
    got:
      late.length === 0
        ? `${slowest} s`
        : listed(
            late.map(
              ({ name, outcome, seconds: took }) =>
                `${name} ${outcome === 'pending' ? outcome : `${took} s`}`,
            ),
          ),
  }
}

/** It came to its end, whatever that was, so long after it was switched on. */
export const isInTime = ({ outcome, seconds }: ClientResult, limit: number): boolean =>
  outcome !== 'pending' && seconds <= limit

/** A machine counts by the worst of its jobs. */
const judgeJobs = (
  { clients: group, jobs = {} }: OutcomeExpectation,
  clients: readonly ClientResult[],
): ExpectationResult[] =>
  JOB_STATES.flatMap(state => {
    const range = jobs[state]
    if (!range) return []
    const count = clients.filter(client => jobStateOf(client) === state).length
    return [{ text: `${group}: jobs ${state} ${rangeText(range)}`, met: isIn(range, count), got: `${count}` }]
  })

const WORST_FIRST: readonly JobState[] = ['lost', 'stopped', 'pending', 'done']

/** Undefined: it has no job. */
export const jobStateOf = ({ jobs = [] }: ClientResult): JobState | undefined =>
  WORST_FIRST.find(state => jobs.some(job => job.state === state))

const rangeText = ({ low, high }: Range): string => (low === high ? `${low}` : `${low}..${high}`)
const isIn = ({ low, high }: Range, count: number): boolean => count >= low && count <= high

const judgeCount = (
  group: string,
  outcome: Outcome,
  range: Range,
  clients: readonly ClientResult[],
): ExpectationResult => {
  const count = clients.filter(client => client.outcome === outcome).length
  return {
    text: `${group}: ${outcome} ${rangeText(range)}`,
    met: isIn(range, count),
    got: `${count}`,
  }
}

/** Nobody took boot information from a server that is not named. */
const judgeServers = (
  group: string,
  from: readonly string[],
  clients: readonly ClientResult[],
): ExpectationResult => {
  const counts = new Map<string, number>()
  for (const { pxeServer } of clients) if (pxeServer) counts.set(pxeServer, (counts.get(pxeServer) ?? 0) + 1)
  const others = [...counts.keys()].filter(server => !from.includes(server))
  return {
    text: `${group}: from ${from.join(', ')}`,
    met: others.length === 0 && (counts.size > 0 || from.length === 0),
    got: listed([...counts].map(([server, count]) => `${server} ${count}`)),
  }
}

const judgeTexts = (text: string, pattern: string, values: readonly (string | null)[]): ExpectationResult => {
  const isWanted = textPattern(pattern)
  const met = values.length > 0 && values.every(isWanted)
  return { text, met, got: listed([...new Set(values.map(value => value ?? 'none'))]) }
}

/** `*` is any run of characters; upper and lower case are alike. */
export const textPattern = (pattern: string): ((value: string | null) => boolean) => {
  const wanted = new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 'i')
  return value => value !== null && wanted.test(value)
}

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
const listed = (texts: readonly string[]): string =>
  texts.length > 0 ? [...new Set(texts)].join(', ') : 'nothing'
