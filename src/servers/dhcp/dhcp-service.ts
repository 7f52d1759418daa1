/**
 * A DHCP server on a host, by our own engine or another that behaves as the same machine. Leases outlive a stop, as
 * they do on a server's disk. Does not contain protocol.
 */
import type { Ip4 } from '../../core/address.ts'
import type { TraceSink } from '../../core/trace.ts'
import type { Host } from '../../network/port.ts'
import { DHCP_EVENTS, type DhcpEvent } from '../../protocol/dhcp/events.ts'
import type { LeasePool } from '../../protocol/dhcp/leases.ts'
import type { LeaseServer } from '../../protocol/dhcp/lease-server.ts'
import type { DelayRange, DhcpServerOptions } from '../../protocol/dhcp/server-options.ts'
import { DhcpServer } from '../../protocol/dhcp/server.ts'
import { HostedService } from '../../network/hosted.ts'

/** Builds the machine that answers: our server, or one of `peers/`. */
export type DhcpEngine = (options: DhcpServerOptions) => LeaseServer

/** What the host does not already know. */
export type DhcpSetup = Omit<DhcpServerOptions, 'addresses' | 'random'>

export const ownEngine: DhcpEngine = options => new DhcpServer(options)

export class DhcpService extends HostedService<'dhcp', DhcpEvent> {
  readonly #machine: LeaseServer

  /** The host must have its addresses already: they are the server identifiers. `observe` gets every event, traced or not. */
  constructor(
    host: Host,
    setup: DhcpSetup,
    trace: TraceSink,
    engine: DhcpEngine = ownEngine,
    observe?: (event: DhcpEvent) => void,
  ) {
    const addresses = new Map<string, Ip4>()
    for (const { name, addresses: own } of host.interfaces) if (own[0]) addresses.set(name, own[0].ip)
    const machine = engine({ ...setup, addresses, random: host.random.fork('dhcp') })
    super(host, machine, DHCP_EVENTS, trace, observe)
    this.#machine = machine
  }

  /** Of our own engine; others keep theirs to themselves. */
  get pools(): readonly LeasePool[] {
    return this.#machine instanceof DhcpServer ? this.#machine.subnets.map(({ pool }) => pool) : []
  }

  set responseDelay(range: DelayRange | undefined) {
    this.#machine.responseDelay = range
  }
}
