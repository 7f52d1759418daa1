/**
 * Why one machine booted from where it did: the rule that decided, what other firmware would have made of it, how
 * close it was, and what would have turned it. Does not tell the boot packet by packet; the report does.
 */
import { toSeconds } from '../../core/micros.ts'
import type { TraceEvent } from '../../core/trace.ts'
import { inWords, namingServers } from '../../core/wording.ts'
import { type Machine, recordOf, traceOfBoot } from '../../simulation/machine.ts'
import { FIRMWARE_FAMILIES, type FirmwareFamilies, familyNamed } from '../../firmware/catalogue.ts'
import { type ComparedMachine, compareFirmware } from '../compare.ts'
import type { Scenario } from '../../scenario/model.ts'
import { type Race, nearbyWorlds } from './counterfactuals.ts'
import { serverNames } from '../../simulation/server-names.ts'
import type { Run, RunSurroundings } from '../../simulation/run.ts'

export interface Explanation {
  readonly client: string
  readonly firmware: string
  /** The last choice among servers. */
  readonly decided: Choice | null
  /** What ended a boot that failed, where it was not that choice. */
  readonly ended: Choice | null
  /** What other firmware would have done in its place, among the same machines. */
  readonly otherFirmware: readonly Omit<ComparedMachine, 'screen'>[]
  /** Empty where no other server competed. */
  readonly races: readonly Race[]
  /** How often the seed was run again to find out. */
  readonly reruns: number
}

export interface Choice {
  readonly rule: string
  readonly text: string
  /** Since power-on. */
  readonly seconds: number
}

/** Undefined: the run has no such machine. */
export const explainMachine = (
  scenario: Scenario,
  run: Run,
  name: string,
  surroundings: RunSurroundings,
): Explanation | undefined => {
  const machine = run.machines.find(({ client }) => client.name === name)
  if (!machine) return undefined
  const { seed } = run.result
  const compared = compareFirmware(scenario, surroundings, { seed, client: name, amongOthers: true })
  const { family } = machine.firmware
  const nearby = nearbyWorlds(scenario, run, machine, surroundings)
  return {
    client: name,
    firmware: family,
    ...choicesOf(scenario, run.trace, machine, surroundings.families),
    otherFirmware: (compared?.machines ?? [])
      .filter(({ firmware, arch }) => firmware !== family || arch !== machine.group.arch)
      .map(withoutScreen),
    races: nearby.races,
    reruns: nearby.reruns,
  }
}

/** What happened to it is told by outcome and code; five screens would hide that. */
const withoutScreen = (machine: ComparedMachine): Omit<ComparedMachine, 'screen'> => {
  const { screen: _, ...rest } = machine
  return rest
}

const choicesOf = (
  scenario: Scenario,
  trace: readonly TraceEvent[],
  machine: Machine,
  families: FirmwareFamilies = FIRMWARE_FAMILIES,
): Pick<Explanation, 'decided' | 'ended'> => {
  const wording = namingServers(serverNames(scenario))
  const choices = traceOfBoot(machine, trace).flatMap(event =>
    event.kind === 'choice' && event.host === machine.client.name
      ? [
          {
            rule: event.rule,
            text: inWords(event.text, wording),
            seconds: toSeconds(event.at - machine.poweredOn),
          },
        ]
      : [],
  )
  const rules = familyNamed(families, machine.firmware.family)?.choosingRules
  const decided = choices.findLast(({ rule }) => !rules || rules.includes(rule)) ?? null
  const last = choices.at(-1) ?? null
  const failed = recordOf(machine)?.outcome === 'failed'
  return { decided, ended: failed && last !== decided ? last : null }
}
