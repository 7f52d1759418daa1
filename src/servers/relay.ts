/**
 * The relay agent of a router: IP helper addresses per interface. Does not forward packets: the router host does.
 */
import type { Ip4 } from '../core/address.ts'
import type { TraceSink } from '../core/trace.ts'
import type { Host } from '../network/port.ts'
import { RELAY_EVENTS, type RelayEvent } from '../protocol/dhcp/events.ts'
import { RelayAgent, type RelayInterface } from '../protocol/dhcp/relay-agent.ts'
import { HostedService } from '../network/hosted.ts'

export interface RelaySetup {
  /** Where requests from an interface are carried to. */
  readonly servers: ReadonlyMap<string, readonly Ip4[]>
  /** Option 82 sub-options per interface, if it is to be added. */
  readonly agentInformation?: ReadonlyMap<string, Uint8Array>
}

export class RelayService extends HostedService<'relay', RelayEvent> {
  /** The host must have its addresses already: they are the giaddrs. */
  constructor(host: Host, setup: RelaySetup, trace: TraceSink) {
    const interfaces: RelayInterface[] = []
    for (const { name, addresses } of host.interfaces) {
      const [address] = addresses
      const agentInformation = setup.agentInformation?.get(name)
      if (address)
        interfaces.push({
          name,
          address: address.ip,
          servers: setup.servers.get(name) ?? [],
          ...(agentInformation && { agentInformation }),
        })
    }
    super(host, new RelayAgent(interfaces), RELAY_EVENTS, trace)
  }
}
