/**
 * A scenario led step by step in virtual time: machines are switched on when they are told to, servers stop and start
 * in between, frames come from outside. The same steps give the same frames. Does not judge.
 */
import type { Micros } from '../core/micros.ts'
import type { Fault, Scenario } from '../scenario/model.ts'
import type { Frame } from '../wire/frame.ts'
import type { Machine } from './machine.ts'
import { AFTERMATH, type Run, type RunOptions, type RunSurroundings, type World, openWorld } from './run.ts'

export class SteppedRun {
  readonly machines: readonly Machine[]
  readonly #world: World
  readonly #limit: Micros
  /** When the scenario would have each machine switched on. */
  readonly schedule = new Map<Machine, Micros>()
  readonly #switches = new Map<Machine, () => void>()

  constructor(scenario: Scenario, surroundings: RunSurroundings, options: Pick<RunOptions, 'seed'> = {}) {
    this.#limit = scenario.limit
    this.#world = openWorld(scenario, surroundings, options, {
      power: (machine, switchOn) => {
        this.schedule.set(machine, machine.poweredOn)
        this.#switches.set(machine, switchOn)
      },
    })
    this.machines = this.#world.machines
  }

  get now(): Micros {
    return this.#world.built.network.clock.now()
  }

  /** Lets the time pass until then; a time that is past changes nothing. */
  advance(until: Micros): void {
    this.#world.built.network.clock.advance(until)
  }

  /**
   * Switches machines on, each so long from now, and lets the time pass until all of them have their outcome, or until
   * the last was on for the scenario's limit. A machine that is on is restarted.
   */
  boot(machines: readonly { readonly machine: Machine; readonly after: Micros }[]): void {
    const { clock } = this.#world.built.network
    const start = clock.now()
    const waiting = new Set(machines.map(({ machine }) => machine))
    for (const { machine, after } of machines)
      clock.setTimer(start + after, () => {
        this.#switches.get(machine)?.()
        waiting.delete(machine)
      })
    const last = Math.max(0, ...machines.map(({ after }) => after))
    const isDone = (): boolean =>
      waiting.size === 0 && machines.every(({ machine }) => this.#world.isSettled(machine))
    const ended = clock.advance(start + last + this.#limit, isDone)
    if (ended === 'stopped') clock.advance(clock.now() + AFTERMATH)
  }

  /** Now. */
  cause(fault: Fault): void {
    this.#world.cause(fault)
  }

  /** Puts a frame on a subnet as if it had just reached the switch; nobody needs to be its sender. */
  send(subnet: string, frame: Frame): void {
    const segment = this.#world.built.segments.get(subnet)
    if (!segment) throw new RangeError(`there is no subnet "${subnet}"`)
    segment.insert(frame)
  }

  /** As if the run ended now. */
  conclude(): Run {
    const run = this.#world.conclude(this.now)
    // What happens later is not part of it.
    return { ...run, trace: [...run.trace] }
  }
}
