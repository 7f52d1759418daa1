/**
 * A machine on a host that can be started and stopped, with what it tells as lines of the trace. What the machine
 * remembers outlives a stop, as on a server's disk. Does not contain protocol.
 */
import type { StateMachine } from '../core/state-machine.ts'
import type { TraceSink } from '../core/trace.ts'
import type { Host } from './port.ts'
import { type StateMachineRunner, runStateMachine } from './runner.ts'

export interface Telling<Event> {
  /** Name of the service in the trace. */
  readonly service: string
  readonly describe: (event: Event) => string
  readonly trace: TraceSink
}

export class HostedService<Socket extends string, Event> {
  readonly #host: Host
  readonly #machine: StateMachine<Socket, Event>
  readonly #telling: Telling<Event>
  #runner: StateMachineRunner<Socket, Event> | undefined

  constructor(host: Host, machine: StateMachine<Socket, Event>, telling: Telling<Event>) {
    this.#host = host
    this.#machine = machine
    this.#telling = telling
  }

  get running(): boolean {
    return this.#runner !== undefined
  }

  /** Resolves when its ports are bound. */
  async start(): Promise<void> {
    this.#runner ??= runStateMachine(this.#host, this.#machine, event => this.#tell(event))
    await this.#runner.ready
  }

  stop(): void {
    this.#runner?.stop()
    this.#runner = undefined
  }

  #tell(event: Event): void {
    const { trace, service, describe } = this.#telling
    if (!trace.enabled) return
    const { name, clock } = this.#host
    trace.add({ kind: 'service', at: clock.now(), host: name, service, text: describe(event) })
  }
}
