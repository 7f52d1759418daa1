/**
 * Why a machine cannot do its part of a step: the first plug-in that is missing for it. Does not say what follows.
 */
import type { Micros } from '../core/micros.ts'
import type { Cause } from './job-events.ts'
import {
  type Duty,
  type PlugInTimes,
  type Requirement,
  REQUIREMENTS,
  type Step,
  culprit,
  missingText,
  unmet,
} from './plug-ins.ts'

/** Undefined: nothing is missing for this step. */
export const causeOf = (
  machine: string,
  duties: readonly Duty[],
  plugIns: PlugInTimes,
  now: Micros,
  step: Step,
): Cause | undefined => {
  const row = unmet(duties, plugIns, now, step)[0]
  if (!row) return undefined
  const plugIn = culprit(plugIns, row.plugIn, now)
  const arrives = plugIns.get(plugIn)
  return {
    machine,
    plugIn,
    rule: row.rule,
    text: missingText(machine, row, plugIn),
    ...(arrives !== undefined && { arrives }),
  }
}

/** A client's, as its task server sees it: from what the agent said it has. */
export const clientCause = (machine: string, plugIns: readonly string[]): Cause | undefined => {
  const row = FOR_TASKS.find(({ plugIn }) => !plugIns.includes(plugIn))
  return row && { machine, plugIn: row.plugIn, rule: row.rule, text: missingText(machine, row, row.plugIn) }
}

const FOR_TASKS: readonly Requirement[] = REQUIREMENTS.filter(
  ({ duty, step }) => duty === 'client' && step === 'hand out',
)
