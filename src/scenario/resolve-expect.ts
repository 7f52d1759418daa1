/**
 * Expectations: findings by id, outcomes by group, and numbers that can come true at all. Does not compare them
 * with a run.
 */
import { type Checking, entriesOf } from './checking.ts'
import type { OutcomeForm } from './format.ts'
import { toSeconds } from '../core/micros.ts'
import { OUTCOMES } from '../core/outcome.ts'
import type { Path } from '../document/located.ts'
import { type ClientGroup, type Expectations, JOB_STATES, type OutcomeExpectation } from './model.ts'
import { nearestName } from '../document/nearest.ts'

export const resolveExpectations = (checking: Checking, groups: readonly ClientGroup[]): Expectations => {
  const { findings, noFindings, outcomes } = checking.form.expect
  for (const [key, rules] of [
    ['findings', findings],
    ['noFindings', typeof noFindings === 'string' ? [] : noFindings],
  ] as const)
    for (const [index, rule] of rules.entries()) checkRule(checking, rule, ['expect', key, index])
  if (typeof noFindings !== 'string')
    for (const [index, rule] of noFindings.entries())
      if (findings.includes(rule))
        checking.complain(['expect', 'noFindings', index], `${rule} is also expected under findings`)
  if (noFindings === 'all' && findings.length > 0)
    checking.complain(
      ['expect', 'noFindings'],
      `all are unwanted, but ${findings[0]} is expected under findings`,
    )
  return {
    findings,
    noFindings,
    outcomes: entriesOf(outcomes).flatMap(([clients, form]) =>
      resolveOutcome(checking, clients, form, groups),
    ),
  }
}

const checkRule = (checking: Checking, rule: string, path: Path): void => {
  const { findingRules } = checking.surroundings
  if (findingRules.includes(rule)) return
  checking.complain(path, `there is no finding "${rule}"`, { nearest: nearestName(rule, findingRules) })
}

const resolveOutcome = (
  checking: Checking,
  clients: string,
  form: OutcomeForm,
  groups: readonly ClientGroup[],
): OutcomeExpectation[] => {
  const path = ['expect', 'outcomes', clients]
  for (const [index, server] of (form.from ?? []).entries())
    checking.known(['servers'], server, [...path, 'from', ...(form.from!.length === 1 ? [] : [index])])
  const group = groups.find(one => one.name === clients)
  const member = groups.flatMap(one => one.members).find(one => one.name === clients)
  const members = group?.members.map(one => one.name) ?? (member ? [member.name] : [])
  if (members.length === 0) {
    if (!checking.isDeclared('clients', clients) && !checking.mayBeMember(clients))
      checking.unknownName('group of clients', clients, path, checking.declared('clients'), 'key')
    return []
  }
  checkNumbers(checking, form, members.length, path)
  checkWithin(checking, form, path)
  return [
    {
      clients,
      members,
      booted: form.booted,
      localDisk: form.localDisk,
      failed: form.failed,
      pending: form.pending,
      from: form.from,
      file: form.file,
      code: form.code,
      ...(form.within !== undefined && { within: form.within }),
      ...(form.jobs && { jobs: resolveJobCounts(checking, form, members.length, [...path, 'jobs']) }),
    },
  ]
}

/** Counts that are given, each of as many machines as there are at most. */
const resolveJobCounts = (
  checking: Checking,
  { jobs }: OutcomeForm,
  machines: number,
  path: Path,
): OutcomeExpectation['jobs'] => {
  if (!jobs) return undefined
  if (!checking.form.site) checking.complain(path, 'jobs need a site:', { side: 'key' })
  for (const state of JOB_STATES)
    if (jobs[state] && jobs[state].low > machines)
      checking.complain([...path, state], `cannot be ${jobs[state].low}: there are ${machines} machines`)
  return Object.fromEntries(JOB_STATES.flatMap(state => (jobs[state] ? [[state, jobs[state]]] : [])))
}

/** What counts as pending has no end that could be in time. */
const checkWithin = (checking: Checking, { within }: OutcomeForm, path: Path): void => {
  const { limit } = checking.form
  if (within !== undefined && within > limit)
    checking.complain(
      [...path, 'within'],
      `the run ends at ${toSeconds(limit).toFixed(2)} s, before this time; raise limit:`,
    )
}

const checkNumbers = (checking: Checking, form: OutcomeForm, machines: number, path: Path): void => {
  const given = OUTCOMES.flatMap(outcome => (form[outcome] ? [{ outcome, range: form[outcome] }] : []))
  const machinesText = machines === 1 ? 'one machine' : `${machines} machines`
  const over = given.filter(({ range }) => range.low > machines)
  for (const { outcome, range } of over)
    checking.complain(
      [...path, outcome],
      `cannot be ${range.low}: there ${machines === 1 ? 'is' : 'are'} ${machinesText}`,
    )
  if (over.length > 0) return
  const least = given.reduce((sum, { range }) => sum + range.low, 0)
  const most = given.reduce((sum, { range }) => sum + range.high, 0)
  if (least > machines)
    checking.complain(
      path,
      `the outcomes add up to at least ${least}, but there ${machines === 1 ? 'is' : 'are'} ${machinesText}`,
      { side: 'key' },
    )
  // Only all four together leave no room.
  if (given.length === OUTCOMES.length && most < machines)
    checking.complain(
      path,
      `the outcomes add up to at most ${most}, but there ${machines === 1 ? 'is' : 'are'} ${machinesText}`,
      { side: 'key' },
    )
}
