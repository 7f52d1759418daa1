/**
 * A machine on a host that can be started and stopped, with what it tells as events of the trace. What the machine
 * remembers outlives a stop, as on a server's disk. Does not contain protocol.
 */
import type { StateMachine } from '../core/state-machine.ts'
import { type EventProjection, type TraceSink, serviceEvent } from '../core/trace.ts'
import type { Host } from './port.ts'
import { type StateMachineRunner, runStateMachine } from './runner.ts'

export class HostedService<Socket extends string, Event> {
  readonly #host: Host
  readonly #machine: StateMachine<Socket, Event>
  readonly #events: EventProjection<Event>
  readonly #trace: TraceSink
  readonly #observe: ((event: Event) => void) | undefined
  #runner: StateMachineRunner<Socket, Event> | undefined

  constructor(
    host: Host,
    machine: StateMachine<Socket, Event>,
    events: EventProjection<Event>,
    trace: TraceSink,
    observe?: (event: Event) => void,
  ) {
    this.#host = host
    this.#machine = machine
    this.#events = events
    this.#trace = trace
    this.#observe = observe
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
    this.#observe?.(event)
    const { name, clock } = this.#host
    if (this.#trace.enabled) this.#trace.add(serviceEvent(clock.now(), name, this.#events, event))
  }
}
