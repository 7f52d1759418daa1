/**
 * Steps of the tour: each has one moment, in the run, and of a machine that exists. Does not find the moment: that
 * takes a run.
 */
import { formatSpan } from '../core/micros.ts'
import type { Checking } from './checking.ts'
import type { Path } from '../document/located.ts'
import type { ClientGroup, Step, StepMoment } from './model.ts'

type StepForm = Checking['form']['steps'][number]

const MOMENTS = ['at', 'choice', 'screen'] as const

export const resolveSteps = (checking: Checking, groups: readonly ClientGroup[]): Step[] => {
  const names = groups.flatMap(({ members }) => members.map(({ name }) => name))
  return checking.form.steps.map((step, index): Step => {
    const path = checking.itemPath('steps', index)
    checkMoment(checking, step, path)
    const { client } = step
    if (client !== undefined && !names.includes(client) && !isOfGroup(client, groups))
      checking.unknownName('client', client, [...path, 'client'], names)
    return { text: step.text, client: step.client, when: momentOf(step) }
  })
}

/** A run with fewer machines (`--set clients.pc.count=5`) leaves out steps; that is no mistake. */
const isOfGroup = (client: string, groups: readonly ClientGroup[]): boolean =>
  groups.some(({ name }) => client === name || new RegExp(`^${name}-\\d+$`).test(client))

const checkMoment = (checking: Checking, step: StepForm, path: Path): void => {
  const [moment, second] = MOMENTS.filter(key => step[key] !== undefined)
  if (second !== undefined)
    checking.complain([...path, second], `a step is shown at one moment only; ${moment} is already given`, {
      side: 'key',
    })
  if (moment !== undefined && moment !== 'at' && step.client === undefined)
    checking.complain([...path, moment], `${moment} needs a machine: name it with client`, { side: 'key' })
  const { limit } = checking.form
  if (step.at !== undefined && step.at > limit)
    checking.complain([...path, 'at'], `the run ends at ${formatSpan(limit)}`)
}

const momentOf = ({ at = 0, client, choice, screen }: StepForm): StepMoment => {
  if (client !== undefined && choice !== undefined) return { kind: 'choice', client, rule: choice }
  if (client !== undefined && screen !== undefined) return { kind: 'screen', client, text: screen }
  return { kind: 'at', at }
}
