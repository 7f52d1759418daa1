/**
 * A lab for a test: a scenario that the test leads step by step in virtual time, with the network as it is at each
 * step. Closes itself when the test is over. Does not assert.
 */
import { UsageError } from '../core/exit.ts'
import { FinishedRun, type Result } from '../library/result.ts'
import type { Packet, PacketFilter } from '../library/packets.ts'
import {
  type Scenario,
  type ScenarioChanges,
  type ScenarioLike,
  type WrittenScenario,
  openScenario,
} from '../library/scenario.ts'
import type { ScenarioObject } from '../library/object.ts'
import type { Scenario as CheckedScenario } from '../scenario/model.ts'
import { InvalidScenarioError } from '../document/errors.ts'
import type { Machine } from '../simulation/machine.ts'
import { surroundingsOf } from '../simulation/node.ts'
import type { ClientResult } from '../simulation/result.ts'
import { hasGuests } from '../simulation/run-paced.ts'
import { SteppedRun } from '../simulation/stepped-run.ts'
import { toSeconds } from '../core/micros.ts'
import { type Duration, microsOf } from './durations.ts'
import { warn } from '../outlet/print.ts'
import { type FailureOptions, leave } from './failures.ts'
import { frameToSend } from './sent-frame.ts'
import { keepWith } from './subject.ts'
import { type TestContext, hasFailed, nameOfTest, whenOver } from './test-context.ts'

export interface LabOptions extends ScenarioChanges, FailureOptions {}

/** What happens to a network, in the form that a scenario file has, without its time. */
export type LabFault = Omit<NonNullable<ScenarioObject['faults']>[number], 'at'>

/**
 * Machines are off until `boot`; servers run, and the scenario's own faults happen at their times. A lab that nobody
 * led anywhere is run as its scenario says when a result of it is wanted.
 */
export interface Lab {
  readonly scenario: Scenario
  /** Of virtual time since the start. */
  readonly seconds: number
  /**
   * Switches on machines and lets the time pass until they have their outcome, or have tried for the scenario's limit.
   * One machine at once; those of a group, or all of them, in the order and distance that the scenario gives them. A
   * machine that is on is restarted.
   */
  boot(who?: string | readonly string[]): Promise<readonly ClientResult[]>
  /** Lets the time pass until so long after the start. */
  until(time: Duration): Promise<void>
  /** Lets so much time pass. */
  wait(time: Duration): Promise<void>
  /** A server, or one of its services: `nbs-a.tftp`. */
  stop(server: string): void
  start(server: string): void
  /** `{ cut: 'office' }`, `{ set: { target: 'pc', loss: 0.1 } }`. */
  fault(fault: LabFault): void
  /** An Ethernet frame, or a DHCP request, which its client broadcasts. `on`: where there are several subnets. */
  send(bytes: Uint8Array, options?: { readonly on?: string }): void
  packets(filter?: PacketFilter): readonly Packet[]
  /** What it came to so far, of the machines that were switched on. */
  result(): Result
  client(name: string): ClientResult
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * `context` is what the framework hands to the test (`t`), by which the lab closes itself; without one, use `await
 * using` or `close`. Rejects with `InvalidScenarioError`.
 */
export const lab = async (
  context: TestContext | null | undefined,
  scenario: ScenarioLike,
  options: LabOptions = {},
): Promise<Lab> => {
  const opened = new RunningLab(openScenario(scenario), {
    ...options,
    name: options.name ?? nameOfTest(context),
  })
  whenOver(context, () => {
    if (hasFailed(context)) opened.tellLeft()
    return opened.close()
  })
  return opened
}

class RunningLab implements Lab {
  readonly scenario: WrittenScenario
  readonly #options: LabOptions
  readonly #checked: CheckedScenario
  readonly #run: SteppedRun
  #isLed = false
  #isClosed = false
  /** Once, as it was at the first failure. */
  #left: readonly string[] | undefined
  /** Undefined: something happened since. */
  #result: FinishedRun | undefined

  constructor(scenario: WrittenScenario, options: LabOptions) {
    this.scenario = scenario
    this.#options = options
    this.#checked = scenario.with(options)
    if (hasGuests(this.#checked))
      throw new UsageError('real firmware runs by the wall clock, and a lab in virtual time: use run()')
    this.#run = new SteppedRun(this.#checked, surroundingsOf(this.#checked))
    keepWith(this, () => this.#leave())
  }

  get seconds(): number {
    return toSeconds(this.#run.now)
  }

  async boot(who?: string | readonly string[]): Promise<readonly ClientResult[]> {
    const names = this.#boot(who)
    const { clients } = this.result()
    return clients.filter(({ name }) => names.has(name))
  }

  async until(time: Duration): Promise<void> {
    this.#lead().advance(microsOf(time))
  }

  async wait(time: Duration): Promise<void> {
    const run = this.#lead()
    run.advance(run.now + microsOf(time))
  }

  stop(server: string): void {
    this.fault({ stop: server })
  }

  start(server: string): void {
    this.fault({ start: server })
  }

  fault(fault: LabFault): void {
    this.#happened().cause(faultOf(this.scenario, this.#options, fault))
  }

  send(bytes: Uint8Array, { on }: { readonly on?: string } = {}): void {
    const { subnets } = this.scenario
    if (on === undefined && subnets.length > 1)
      throw new UsageError(`say on which subnet: { on: '${subnets.join("' | '")}' }`)
    this.#lead().send(on ?? subnets[0]!, frameToSend(bytes))
  }

  packets(filter?: PacketFilter): readonly Packet[] {
    return this.#conclude().packets(filter)
  }

  result(): Result {
    if (!this.#isLed) this.#boot(undefined)
    return this.#conclude()
  }

  client(name: string): ClientResult {
    return this.result().client(name)
  }

  /** What happened can still be asked for. */
  async close(): Promise<void> {
    this.#isClosed = true
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** For a test that failed by something else than an assertion about this lab. */
  tellLeft(): void {
    if (this.#left || !this.#isLed) return
    const left = this.#leave()
    if (left.length > 0) warn([`nbs-lab: left ${left.join(', ')}`])
  }

  #leave(): readonly string[] {
    return (this.#left ??= leave(this.#options, this.scenario, this.result()))
  }

  #boot(who: string | readonly string[] | undefined): ReadonlySet<string> {
    const run = this.#lead()
    const wanted = machinesOf(run.machines, who)
    run.boot(wanted.map(({ machine, alone }) => ({ machine, after: alone ? 0 : run.schedule.get(machine)! })))
    return new Set(wanted.map(({ machine }) => machine.client.name))
  }

  #happened(): SteppedRun {
    if (this.#isClosed) throw new UsageError('this lab is closed: its test is over')
    this.#result = undefined
    return this.#run
  }

  #lead(): SteppedRun {
    this.#isLed = true
    return this.#happened()
  }

  #conclude(): FinishedRun {
    return (this.#result ??= new FinishedRun(this.#checked, this.#run.conclude(), false))
  }
}

const machinesOf = (
  machines: readonly Machine[],
  who: string | readonly string[] | undefined,
): readonly { readonly machine: Machine; readonly alone: boolean }[] => {
  if (who === undefined) return machines.map(machine => ({ machine, alone: false }))
  return [who].flat().flatMap(name => {
    const members = machines.filter(({ group }) => group.name === name)
    const single = machines.filter(({ client }) => client.name === name)
    if (members.length + single.length > 0)
      return [...members, ...single].map(machine => ({ machine, alone: members.length === 0 }))
    const groups = [...new Set(machines.map(({ group }) => group.name))]
    throw new RangeError(`there is no machine or group "${name}"; there is ${groups.join(', ')}`)
  })
}

/** As the scenario would have it read, with its own complaints. */
const faultOf = (scenario: WrittenScenario, { set }: LabOptions, fault: LabFault) => {
  try {
    const faults = [{ at: '0s', ...fault }]
    return scenario.with({ set: { ...set, expect: null, steps: null, faults } }).faults[0]!
  } catch (error) {
    if (!(error instanceof InvalidScenarioError)) throw error
    const mistakes = error.errors.map(({ message, nearest }) =>
      nearest === undefined ? message : `${message}; did you mean ${nearest}?`,
    )
    throw new RangeError(mistakes.join('\n'))
  }
}
