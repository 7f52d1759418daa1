/**
 * A DHCP server on a host, by our own engine or another that behaves as the same machine. Leases outlive a stop, as
 * they do on a server's disk. Does not contain protocol.
 */
import type { Ip4 } from '../core/address.ts'
import type { Machine } from '../core/machine.ts'
import type { TraceSink } from '../core/trace.ts'
import type { Host } from '../network/port.ts'
import { type MachineRunner, runMachine } from '../network/runner.ts'
import { type DhcpEvent, describeDhcpEvent } from '../protocol/dhcp/events.ts'
import type { DelayRange, DhcpServerOptions } from '../protocol/dhcp/server-options.ts'
import { DhcpServer } from '../protocol/dhcp/server.ts'

/** A machine whose delay can be changed while it runs. */
export type DhcpMachine = Machine<'dhcp', DhcpEvent> & { set responseDelay(range: DelayRange | undefined) }

/** Builds the machine that answers: our server, or one of `peers/`. */
export type DhcpEngine = (options: DhcpServerOptions) => DhcpMachine

/** What the host does not already know. */
export type DhcpSetup = Omit<DhcpServerOptions, 'addresses' | 'random'>

export const ownEngine: DhcpEngine = options => new DhcpServer(options)

export class DhcpService {
  readonly #host: Host
  readonly #trace: TraceSink
  readonly #machine: DhcpMachine
  #runner: MachineRunner<'dhcp', DhcpEvent> | undefined

  /** The host must have its addresses already: they are the server identifiers. */
  constructor(host: Host, setup: DhcpSetup, trace: TraceSink, engine: DhcpEngine = ownEngine) {
    this.#host = host
    this.#trace = trace
    const addresses = new Map<string, Ip4>()
    for (const { name, address } of host.interfaces) if (address) addresses.set(name, address.ip)
    this.#machine = engine({ ...setup, addresses, random: host.random.fork('dhcp') })
  }

  get running(): boolean {
    return this.#runner !== undefined
  }

  set responseDelay(range: DelayRange | undefined) {
    this.#machine.responseDelay = range
  }

  /** Resolves when port 67 is bound. */
  async start(): Promise<void> {
    this.#runner ??= runMachine(this.#host, this.#machine, event => this.#tell(event))
    await this.#runner.ready
  }

  stop(): void {
    this.#runner?.stop()
    this.#runner = undefined
  }

  #tell(event: DhcpEvent): void {
    if (!this.#trace.enabled) return
    const { name, clock } = this.#host
    this.#trace.add({
      kind: 'service',
      at: clock.now(),
      host: name,
      service: 'dhcp',
      text: describeDhcpEvent(event),
    })
  }
}
