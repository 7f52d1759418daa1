/**
 * The relay agent of a router: IP helper addresses per interface. Does not forward packets: the router host does.
 */
import { type Ip4, formatIp4, formatMac } from '../core/address.ts'
import type { TraceSink } from '../core/trace.ts'
import type { Host } from '../network/port.ts'
import { type MachineRunner, runMachine } from '../network/runner.ts'
import { RelayAgent, type RelayEvent, type RelayInterface } from '../protocol/dhcp/relay-agent.ts'

export interface RelaySetup {
  /** Where requests from an interface are carried to. */
  readonly servers: ReadonlyMap<string, readonly Ip4[]>
  /** Option 82 sub-options per interface, if it is to be added. */
  readonly agentInformation?: ReadonlyMap<string, Uint8Array>
}

export class RelayService {
  readonly #host: Host
  readonly #trace: TraceSink
  readonly #machine: RelayAgent
  #runner: MachineRunner<'relay', RelayEvent> | undefined

  /** The host must have its addresses already: they are the giaddrs. */
  constructor(host: Host, setup: RelaySetup, trace: TraceSink) {
    this.#host = host
    this.#trace = trace
    const interfaces: RelayInterface[] = []
    for (const { name, address } of host.interfaces) {
      const agentInformation = setup.agentInformation?.get(name)
      if (address)
        interfaces.push({
          name,
          address: address.ip,
          servers: setup.servers.get(name) ?? [],
          ...(agentInformation && { agentInformation }),
        })
    }
    this.#machine = new RelayAgent(interfaces)
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

  #tell(event: RelayEvent): void {
    if (!this.#trace.enabled) return
    const client = event.client === undefined ? '' : ` ${formatMac(event.client)}`
    const to = event.to === undefined ? '' : ` to ${formatIp4(event.to)}`
    const { name, clock } = this.#host
    const text = `${event.kind}${client}${to}: ${event.because}`
    this.#trace.add({ kind: 'service', at: clock.now(), host: name, service: 'relay', text })
  }
}
