/**
 * The result of a run for people at a terminal: who booted from whom, what fought, what to do. Colours only where
 * the caller's palette has them. Does not print; returns lines.
 */
import { OUTCOMES, OUTCOME_TEXT, type Outcome } from '../../core/outcome.ts'
import type { ClientResult, ExpectationResult, RunResult } from '../../simulation/result.ts'
import { isUnwanted } from '../../analysis/unwanted.ts'
import type { FailOn } from '../junit.ts'
import { type Cell, tableLines } from '../../outlet/table.ts'
import { findingLines } from './finding-lines.ts'
import type { Palette } from './palette.ts'

export type { Palette } from './palette.ts'

/** More machines than this are told in groups of equal fate. */
const MACHINES_SHOWN = 24

export const reportText = (
  result: RunResult,
  teaches: string | undefined,
  colour: Palette,
  failOn?: FailOn,
  endings: readonly string[] = [],
): string[] => [
  `${colour.bold(result.title)}  ${colour.dim(`seed ${result.seed}, ${result.virtualSeconds.toFixed(1)} s of virtual time, ${result.scenario}`)}`,
  ...(teaches === undefined ? [] : [colour.dim(teaches)]),
  '',
  ...(result.clients.length > 0 ? machines(result.clients, colour) : [NO_MACHINES, '']),
  ...(result.findings.length === 0 && result.clients.length > 0 ? [noFindings(result.clients), ''] : []),
  ...findingLines(result.findings, colour),
  ...(endings.length === 0 ? [] : [...endings, '']),
  ...expectationLines(result.expectations, colour),
  ...failOnLines(result, failOn, colour),
]

const NO_MACHINES =
  'No machines: nothing was switched on, so nothing was tried. Add clients: to the scenario.'

const machines = (clients: readonly ClientResult[], colour: Palette): string[] => [
  ...(clients.length > MACHINES_SHOWN ? groupTable(clients, colour) : machineTable(clients, colour)),
  '',
  summary(clients, colour),
  '',
]

/** A red word above a green exit status needs a sentence. */
const failOnLines = (
  { findings, expectations }: RunResult,
  failOn: FailOn | undefined,
  colour: Palette,
): string[] => {
  if (failOn !== undefined) {
    const count = findings.filter(isUnwanted(failOn)).length
    if (count === 0) return []
    return [
      colour.red(
        `Failed: ${count} ${count === 1 ? 'finding counts' : 'findings count'} by --fail-on ${failOn}`,
      ),
    ]
  }
  const errors = findings.filter(isUnwanted('error')).length
  if (errors === 0 || expectations.length > 0) return []
  return [
    colour.yellow(
      'Nothing was expected of this run, so it counts as passed in spite of ERROR: say what you expect (expect:), or use --fail-on error.',
    ),
  ]
}

export const outcomeText = (outcome: Outcome, colour: Palette): string => {
  const paint = { booted: colour.green, localDisk: colour.yellow, failed: colour.red, pending: colour.cyan }[
    outcome
  ]
  return paint(OUTCOME_TEXT[outcome])
}

/** The file that booted, or the code that the screen shows instead. */
const fileOrCode = (client: ClientResult): string =>
  client.outcome === 'booted'
    ? (client.file ?? '')
    : [client.code, client.outcome === 'failed' ? client.file : null].filter(Boolean).join(' ')

const firmwareText = (client: ClientResult): string => `${client.firmware} ${client.arch}`

const columns = (first: string, clients: readonly ClientResult[]): string[] => [
  first,
  'firmware',
  'outcome',
  'lease from',
  'PXE server',
  'file or code',
  'seconds',
  ...(hasJobs(clients) ? ['job'] : []),
]

const machineTable = (clients: readonly ClientResult[], colour: Palette): string[] => {
  const table = plainTable(columns('machine', clients), colour)
  for (const client of clients)
    table.push([
      client.name,
      firmwareText(client),
      outcomeText(client.outcome, colour),
      client.leaseFrom ?? '-',
      client.pxeServer ?? '-',
      fileOrCode(client),
      { right: client.seconds.toFixed(2) },
      ...(hasJobs(clients) ? [jobsText(client, colour)] : []),
    ])
  return table.lines()
}

const hasJobs = (clients: readonly ClientResult[]): boolean =>
  clients.some(({ jobs = [] }) => jobs.length > 0)

/** `deploy-1 done`, or `deploy-1 stopped at "image"`. */
const jobsText = ({ jobs = [] }: ClientResult, colour: Palette): string =>
  jobs
    .map(({ name, state, step }) => {
      const paint = { done: colour.green, lost: colour.red, stopped: colour.red, pending: colour.cyan }[state]
      return `${name} ${paint(state)}${state === 'stopped' && step !== null ? ` at "${step}"` : ''}`
    })
    .join(', ')

const groupTable = (clients: readonly ClientResult[], colour: Palette): string[] => {
  const groups = new Map<string, ClientResult[]>()
  for (const client of clients) {
    const key = [
      firmwareText(client),
      client.outcome,
      client.leaseFrom,
      client.pxeServer,
      fileOrCode(client),
      jobsText(client, colour),
    ].join('\n')
    const group = groups.get(key)
    if (group) group.push(client)
    else groups.set(key, [client])
  }
  const table = plainTable(columns('machines', clients), colour)
  for (const group of groups.values()) {
    const [client] = group as [ClientResult]
    const times = group.map(member => member.seconds)
    table.push([
      { right: String(group.length) },
      firmwareText(client),
      outcomeText(client.outcome, colour),
      client.leaseFrom ?? '-',
      client.pxeServer ?? '-',
      fileOrCode(client),
      { right: `${smallest(times).toFixed(2)}..${largest(times).toFixed(2)}` },
      ...(hasJobs(clients) ? [jobsText(client, colour)] : []),
    ])
  }
  return table.lines()
}

const smallest = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity)

/** Push rows, then take its lines. */
export const plainTable = (head: readonly string[], colour: Palette) => {
  const rows: (readonly Cell[])[] = []
  return {
    push: (row: readonly Cell[]): void => void rows.push(row),
    lines: (): string[] => tableLines(head.map(colour.dim), rows),
  }
}

/** `11 booted (nbs-a 11), 9 local disk (nbs-b 9)` */
const summary = (clients: readonly ClientResult[], colour: Palette): string => {
  const parts = OUTCOMES.flatMap(outcome => {
    const ours = clients.filter(client => client.outcome === outcome)
    if (ours.length === 0) return []
    const servers = new Map<string, number>()
    for (const { pxeServer } of ours)
      servers.set(pxeServer ?? 'no server', (servers.get(pxeServer ?? 'no server') ?? 0) + 1)
    const by = [...servers].map(([server, count]) => `${server} ${count}`).join(', ')
    return [`${ours.length} ${outcomeText(outcome, colour)} (${by})`]
  })
  return parts.join(', ')
}

const noFindings = (clients: readonly ClientResult[]): string =>
  clients.every(({ outcome }) => outcome === 'booted' || outcome === 'localDisk')
    ? 'No findings: nothing contends and nothing is broken.'
    : 'No findings: what ended the machines that failed stands below, as their firmware saw it.'

const expectationLines = (expectations: readonly ExpectationResult[], colour: Palette): string[] => {
  if (expectations.length === 0) return []
  const met = expectations.filter(expectation => expectation.met).length
  const head = `Expectations: ${met} of ${expectations.length} met`
  return [
    met === expectations.length ? colour.green(head) : colour.red(head),
    ...expectations
      .filter(expectation => !expectation.met)
      .map(({ text, got }) => `  ${colour.red('not met')}: ${text}; got ${got}`),
  ]
}
