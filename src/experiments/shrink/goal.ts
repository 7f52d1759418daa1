/**
 * What a shrunk scenario must still show: a finding, an expectation that fails in the same way, or whatever a caller
 * looks for. In the same way,
 * because in an empty network every machine fails and no finding is found. Does not shrink.
 */
import { isUnwanted } from '../../analysis/unwanted.ts'
import { judge } from '../../simulation/expectations.ts'
import type { Expectations, OutcomeExpectation, Scenario } from '../../scenario/model.ts'
import type { ClientResult, FindingResult, RunResult } from '../../simulation/result.ts'
import type { Run } from '../../simulation/run.ts'
import type { ShrinkTree } from './tree.ts'

export type GoalRequest =
  | { readonly kind: 'finding'; readonly rule: string }
  | { readonly kind: 'expectation'; readonly text: string }
  | {
      readonly kind: 'check'
      readonly text: string
      readonly shows: (run: Run, scenario: Scenario) => boolean
      /** Worth keeping alone. */
      readonly machines: readonly string[]
    }

export interface Goal {
  readonly text: string
  shows(run: Run, scenario: Scenario): boolean
  /** Machines worth keeping alone, the likeliest first. */
  machines(result: RunResult): readonly string[]
  /** Leaves of the file's expectations only this one. */
  keepOnly(tree: ShrinkTree): void
  /** Before a group is cut to `count` machines, of which the first was machine `kept`. False: it may not be. */
  cut(tree: ShrinkTree, group: string, count: number, kept: string, scenario: Scenario): boolean
}

export type GoalOrProblem = { readonly goal: Goal } | { readonly problem: string }

export const goalOf = (request: GoalRequest, scenario: Scenario, result: RunResult): GoalOrProblem => {
  if (request.kind === 'finding') return findingGoal(request.rule, 'findings', result)
  if (request.kind === 'check') return { goal: checkGoal(request) }
  const { expectations } = result
  const named = expectations.filter(({ text }) => text === request.text)
  const found = named.length > 0 ? named : expectations.filter(({ text }) => text.includes(request.text))
  const unmet = found.filter(({ met }) => !met)
  const [expectation] = unmet
  if (!expectation) {
    const failing = expectations.filter(({ met }) => !met).map(({ text }) => `"${text}"`)
    const which = failing.length > 0 ? `; what fails is ${failing.join(', ')}` : '; none fails'
    return {
      problem: `${found.length > 0 ? `"${found[0]!.text}" is met` : `there is no expectation "${request.text}"`}${which}`,
    }
  }
  if (unmet.length > 1)
    return {
      problem: `"${request.text}" fits ${unmet.map(({ text }) => `"${text}"`).join(' and ')}: name one in full`,
    }
  const { text } = expectation
  if (text.startsWith('no finding '))
    return findingGoal(text.slice('no finding '.length), 'noFindings', result)
  if (text.startsWith('no findings')) {
    const { noFindings } = scenario.expect
    return findingGoal(result.findings.find(isUnwanted(noFindings))!.rule, 'noFindings', result)
  }
  if (text.startsWith('finding '))
    return { problem: `"${text}" fails because nothing is found: an empty scenario shows that as well` }
  return outcomeGoal(text, scenario, result)
}

const checkGoal = ({ text, shows, machines }: Extract<GoalRequest, { kind: 'check' }>): Goal => ({
  text,
  shows,
  machines: () => machines,
  keepOnly: tree => void tree.remove(['expect']),
  cut: () => true,
})

const WEIGHT = { error: 2, warning: 1, info: 0 } as const

const findingGoal = (rule: string, section: 'findings' | 'noFindings', result: RunResult): GoalOrProblem => {
  const found = result.findings.filter(finding => finding.rule === rule)
  const weight = Math.max(-1, ...found.map(({ severity }) => WEIGHT[severity]))
  const others = [...new Set(result.findings.map(finding => finding.rule))]
  if (weight < 0)
    return { problem: `no finding ${rule}; found: ${others.length > 0 ? others.join(', ') : 'nothing'}` }
  const isIt = (finding: FindingResult): boolean =>
    finding.rule === rule && WEIGHT[finding.severity] === weight
  return {
    goal: {
      text: `finding ${rule}`,
      shows: ({ result: { findings } }) => findings.some(isIt),
      machines: ({ findings }) => findings.filter(isIt).flatMap(({ clients }) => clients),
      keepOnly: tree => void tree.set(['expect'], { [section]: [rule] }),
      cut: () => true,
    },
  }
}

const FIELDS = ['booted', 'localDisk', 'failed', 'pending', 'from', 'file', 'code', 'within'] as const
type Field = (typeof FIELDS)[number]
const COUNTED: readonly Field[] = ['booted', 'localDisk', 'failed', 'pending']

const outcomeGoal = (text: string, scenario: Scenario, result: RunResult): GoalOrProblem => {
  const found = partOf(text, scenario)
  if (!found) return { problem: `"${text}" is no expectation about machines` }
  const { expectation, field } = found
  const fates = new Set(offenders(expectation, field, result.clients).map(fateKey))
  const group = scenario.clients.find(({ name }) => name === expectation.clients)
  const range = COUNTED.includes(field) ? expectation[field as 'booted'] : undefined
  const size = expectation.members.length
  const meansAll = range !== undefined && range.low === range.high && range.low === size
  // "1..19 of 20 boot" says nothing about three of them, unless none did.
  const meansSome = range !== undefined && range.low > 0 && countOf(result.clients, expectation, field) === 0
  const isScalable = range === undefined || meansAll || meansSome || range.high === 0
  return {
    goal: {
      text,
      shows: ({ result: candidate }, smaller) => {
        const kept = smaller.expect.outcomes[0]
        if (!kept || candidate.expectations.every(({ met }) => met)) return false
        return offenders(kept, field, candidate.clients).some(client => fates.has(fateKey(client)))
      },
      machines: ({ clients }) =>
        offenders(expectation, field, clients)
          .filter(client => fates.has(fateKey(client)))
          .map(({ name }) => name),
      keepOnly: tree => keepField(tree, expectation.clients, field),
      cut: (tree, name, count, kept, current) => {
        const one = current.expect.outcomes[0]
        if (!one) return false
        if (one.clients === kept && !group) return tree.rename(['expect', 'outcomes', kept], `${name}-1`)
        if (one.clients !== name) return true
        if (!isScalable) return false
        const scaled = meansAll || (meansSome && count === 1) ? count : meansSome ? `1..${count}` : undefined
        return scaled === undefined || tree.set(['expect', 'outcomes', name, field], scaled)
      },
    },
  }
}

/** Which field of which expectation a line of the result is about. */
const partOf = (
  text: string,
  { expect }: Scenario,
): { expectation: OutcomeExpectation; field: Field } | undefined => {
  for (const expectation of expect.outcomes)
    for (const field of FIELDS) {
      if (expectation[field] === undefined) continue
      const alone: Expectations = { findings: [], noFindings: [], outcomes: [onlyField(expectation, field)] }
      if (judge(alone, [], []).some(judged => judged.text === text)) return { expectation, field }
    }
  return undefined
}

const onlyField = (expectation: OutcomeExpectation, field: Field): OutcomeExpectation => ({
  clients: expectation.clients,
  members: expectation.members,
  booted: undefined,
  localDisk: undefined,
  failed: undefined,
  pending: undefined,
  from: undefined,
  file: undefined,
  code: undefined,
  [field]: expectation[field],
})

const keepField = (tree: ShrinkTree, clients: string, field: Field): void => {
  for (const key of tree.children(['expect'])) if (key !== 'outcomes') tree.remove(['expect', key])
  for (const name of tree.children(['expect', 'outcomes']))
    if (name !== clients) tree.remove(['expect', 'outcomes', name])
  for (const key of tree.children(['expect', 'outcomes', clients]))
    if (key !== field) tree.remove(['expect', 'outcomes', clients, key])
}

/** The machines that an unmet expectation is unmet for. */
const offenders = (
  expectation: OutcomeExpectation,
  field: Field,
  clients: readonly ClientResult[],
): ClientResult[] => {
  const members = new Set(expectation.members)
  const ours = clients.filter(({ name }) => members.has(name))
  if (field === 'from' || field === 'file' || field === 'code' || field === 'within')
    // One machine after the other: who fails the expectation alone.
    return ours.filter(client =>
      judge({ findings: [], noFindings: [], outcomes: [onlyField(expectation, field)] }, [client], []).some(
        ({ met, got }) => !met && got !== 'nothing',
      ),
    )
  const count = countOf(clients, expectation, field)
  const tooMany = count > (expectation[field]?.high ?? Infinity)
  return ours.filter(({ outcome }) => (outcome === field) === tooMany)
}

const countOf = (clients: readonly ClientResult[], { members }: OutcomeExpectation, field: Field): number =>
  clients.filter(({ name, outcome }) => outcome === field && members.includes(name)).length

const fateKey = ({ outcome, code, pxeServer }: ClientResult): string => `${outcome} ${code} ${pxeServer}`
