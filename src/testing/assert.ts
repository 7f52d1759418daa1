/**
 * Assertions about labs and results: plain functions that throw node's `AssertionError`, so that every test framework
 * understands them. Each names every machine that fails with what it did instead, and where the evidence is.
 */
import { ruleIds } from '../analysis/finding.ts'
import { type Unwanted, isUnwanted } from '../analysis/unwanted.ts'
import type { Outcome } from '../core/outcome.ts'
import { toSeconds } from '../core/micros.ts'
import { nearestName } from '../document/nearest.ts'
import { isInTime, textPattern } from '../simulation/expectations.ts'
import type { ClientResult, FindingResult } from '../simulation/result.ts'
import { type Duration, microsOf } from './durations.ts'
import { type MachineCheck, type Machines, checkMachines, fail } from './machines.ts'
import { type Subject, resultOf } from './subject.ts'

/** Each machine booted, with boot information from this server, or from one of these. */
export const bootedFrom = (
  subject: Subject,
  machines: Machines,
  server: string | readonly string[],
): void => {
  const servers = [server].flat()
  checkMachines(subject, machines, bootedFrom, {
    text: `did not boot from ${listed(servers)}`,
    servers,
    expected: listed(servers),
    actual: ({ outcome: end, pxeServer }) => (end === 'booted' ? pxeServer : end),
    holds: ({ outcome: end, pxeServer }) => end === 'booted' && servers.includes(pxeServer ?? ''),
  })
}

/** Each machine came to this end: `booted`, `localDisk`, `failed` or `pending`. */
export const outcome = (subject: Subject, machines: Machines, wanted: Outcome): void =>
  checkMachines(subject, machines, outcome, {
    text: `did not come to the outcome ${wanted}`,
    ...equal(client => client.outcome, wanted),
  })

/** Each machine received this file; `*` is any run of characters. */
export const file = (subject: Subject, machines: Machines, pattern: string): void =>
  checkMachines(subject, machines, file, {
    text: `did not receive the file ${pattern}`,
    ...matching(client => client.file, pattern),
  })

/** The screen of each machine shows this code, such as PXE-E53; `*` is any run of characters. */
export const code = (subject: Subject, machines: Machines, pattern: string): void =>
  checkMachines(subject, machines, code, {
    text: `did not show ${pattern}`,
    ...matching(client => client.code, pattern),
  })

/** Each machine came to its end, whatever it was, so long after it was switched on. */
export const within = (subject: Subject, machines: Machines, time: Duration): void => {
  const seconds = toSeconds(microsOf(time))
  checkMachines(subject, machines, within, {
    text: `did not come to an end within ${seconds} s`,
    expected: `at most ${seconds} s`,
    actual: client => (client.outcome === 'pending' ? client.outcome : client.seconds),
    holds: client => isInTime(client, seconds),
  })
}

/** `error`: none of that severity; `warning`: none of that or a worse one; `all`: none at all; or none of these rules. */
export const noFindings = (subject: Subject, which: Unwanted = 'all'): void => {
  if (typeof which !== 'string') for (const rule of which) checkRule(rule)
  const found = resultOf(subject).findings.filter(isUnwanted(which))
  if (found.length === 0) return
  const kinds = typeof which === 'string' && which !== 'all' ? ` of severity ${which} or worse` : ''
  fail(subject, noFindings, {
    lines: [
      `there ${found.length === 1 ? 'is a finding' : `are ${found.length} findings`}${kinds}:`,
      ...found.map(findingText),
    ],
    actual: found.map(({ rule }) => rule),
    expected: [],
  })
}

/** There is a finding of this rule; `about` narrows it to one that names all these servers and machines. */
export const finding = (
  subject: Subject,
  rule: string,
  about: { readonly servers?: readonly string[]; readonly clients?: readonly string[] } = {},
): void => {
  checkRule(rule)
  const { findings } = resultOf(subject)
  const { servers = [], clients = [] } = about
  const isIt = (found: FindingResult): boolean =>
    found.rule === rule &&
    servers.every(server => found.servers.includes(server)) &&
    clients.every(client => found.clients.includes(client))
  if (findings.some(isIt)) return
  const names = [...servers, ...clients]
  fail(subject, finding, {
    lines: [
      `there is no finding ${rule}${names.length > 0 ? ` about ${names.join(', ')}` : ''}; found:`,
      ...(findings.length > 0 ? findings.map(findingText) : ['  nothing']),
    ],
    actual: findings.map(found => found.rule),
    expected: [rule],
  })
}

/** What the scenario itself expects (`expect:`) is met. */
export const expectations = (subject: Subject): void => {
  const unmet = resultOf(subject).expectations.filter(({ met }) => !met)
  if (unmet.length === 0) return
  fail(subject, expectations, {
    lines: [
      `${unmet.length} of the scenario's expectations ${unmet.length === 1 ? 'is' : 'are'} not met:`,
      ...unmet.map(({ text, got }) => `  ${text}: got ${got}`),
    ],
    actual: Object.fromEntries(unmet.map(({ text, got }) => [text, got])),
    expected: Object.fromEntries(unmet.map(({ text }) => [text, 'met'])),
  })
}

type Compared = Pick<MachineCheck, 'expected' | 'actual' | 'holds'>

const equal = (actual: MachineCheck['actual'], expected: string): Compared => ({
  expected,
  actual,
  holds: client => actual(client) === expected,
})

const matching = (actual: (client: ClientResult) => string | null, pattern: string): Compared => {
  const isWanted = textPattern(pattern)
  return { expected: pattern, actual, holds: client => isWanted(actual(client)) }
}

/** A misspelt rule is found by nobody. A rule from outside has a slash in its name. */
const checkRule = (rule: string): void => {
  const rules = ruleIds()
  if (rules.includes(rule) || rule.includes('/')) return
  const nearest = nearestName(rule, rules)
  throw new RangeError(
    `there is no finding "${rule}"${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
  )
}

const findingText = ({ severity, rule, message }: FindingResult): string =>
  `  ${severity} ${rule}: ${message}`

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
