/**
 * A relay agent (RFC 1542 §4, RFC 3046) as a machine: carries requests to every helper address of the interface
 * they came by, and replies back to that interface. It changes hops, giaddr and option 82 in the bytes as they are,
 * so that a malformed message arrives as malformed as it was sent. Does not lease and does not look at options.
 */
import { ANY_IP4, LIMITED_BROADCAST, ip4At, macAt, writeIp4 } from '../../core/address.ts'
import type { Ip4 } from '../../core/address.ts'
import { u16At } from '../../core/bytes.ts'
import {
  NOTHING,
  type Action,
  type Datagram,
  type Destination,
  type StateMachine,
} from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { type Phrase, named, phrase } from '../../core/wording.ts'
import { BOOTREPLY, BOOTREQUEST, BROADCAST_FLAG, DHCP_PORT } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import { hasOption, withOption, withoutOption } from '../../wire/dhcp/patch.ts'
import { DHCP } from '../../wire/layout.ts'
import type { RelayEvent } from './events.ts'

export interface RelayInterface {
  readonly name: string
  /** Own address there: the giaddr. */
  readonly address: Ip4
  /** Servers to which requests from there are carried; empty = not relayed. */
  readonly servers: readonly Ip4[]
  /** Option 82 sub-options to add to requests from there and to take off the replies; none = option 82 untouched. */
  readonly agentInformation?: Uint8Array
}

type Actions = readonly Action<'relay', RelayEvent>[]

/** RFC 1542 §4.1.1. */
export const MAX_HOPS = 16

const { hops: HOPS, flags: FLAGS, yiaddr: YIADDR, giaddr: GIADDR, chaddr: CHADDR } = DHCP
/** Up to and including chaddr; what is shorter says too little to be carried on. */
const SHORTEST = DHCP.sname

export class RelayAgent implements StateMachine<'relay', RelayEvent> {
  readonly wakeAt = undefined
  readonly #byName: ReadonlyMap<string, RelayInterface>
  readonly #byAddress: ReadonlyMap<Ip4, RelayInterface>

  constructor(interfaces: readonly RelayInterface[]) {
    this.#byName = new Map(interfaces.map(one => [one.name, one]))
    this.#byAddress = new Map(interfaces.map(one => [one.address, one]))
  }

  start(): Actions {
    return [{ type: 'open', socket: 'relay', options: { port: DHCP_PORT.server } }]
  }

  wake(): Actions {
    return NOTHING
  }

  unreachable(): Actions {
    return NOTHING
  }

  receive(_now: Micros, _via: 'relay', received: Datagram): Actions {
    const { payload } = received
    if (payload.length < SHORTEST) return ignored(undefined, `${payload.length} bytes are no BOOTP message`)
    const op = payload[DHCP.op]
    if (op === BOOTREQUEST) return this.#relay(received)
    if (op === BOOTREPLY) return this.#deliver(payload)
    return ignored(payload, `op ${op}`)
  }

  /** RFC 1542 §4.1.1. */
  #relay(received: Datagram): Actions {
    const { payload } = received
    const from = this.#byName.get(received.iface)
    if (!from || from.servers.length === 0) return NOTHING
    if (payload[HOPS]! >= MAX_HOPS) return ignored(payload, `${payload[HOPS]} hops`)
    const giaddr = ip4At(payload, GIADDR)
    if (this.#byAddress.has(giaddr)) return ignored(payload, 'relayed by this agent already')
    let request = Uint8Array.from(payload)
    request[HOPS]!++
    if (giaddr === ANY_IP4) {
      writeIp4(request, GIADDR, from.address)
      // RFC 3046 §2.1: only a relay agent may add option 82; one from a client's side is not trusted.
      if (from.agentInformation && hasOption(request, OPTION.relayAgentInformation))
        return ignored(payload, 'option 82 without giaddr')
      if (from.agentInformation)
        request = withOption(request, OPTION.relayAgentInformation, from.agentInformation) ?? request
    }
    const client = macAt(payload, CHADDR)
    const actions: Action<'relay', RelayEvent>[] = []
    for (const server of from.servers) {
      actions.push({
        type: 'event',
        event: { kind: 'relayed', client, to: server, because: `from ${from.name}` },
      })
      actions.push({
        type: 'send',
        via: 'relay',
        to: { ip: server, port: DHCP_PORT.server },
        payload: request,
      })
    }
    return actions
  }

  /** RFC 1542 §4.1.2: giaddr says by which interface; yiaddr and chaddr are used without asking ARP. */
  #deliver(payload: Uint8Array): Actions {
    const giaddr = ip4At(payload, GIADDR)
    const to = this.#byAddress.get(giaddr)
    if (!to) return ignored(payload, phrase`giaddr ${named(giaddr)} is not this agent's`)
    const reply = to.agentInformation ? withoutOption(payload, OPTION.relayAgentInformation) : payload
    const yiaddr = ip4At(payload, YIADDR)
    const onEthernet = payload[DHCP.hardwareType] === 1 && payload[DHCP.hardwareLength] === 6
    // A proxy's offer and a NAK have no yiaddr: nobody could be addressed but all.
    const toAll = (u16At(payload, FLAGS) & BROADCAST_FLAG) !== 0 || yiaddr === ANY_IP4 || !onEthernet
    const client = macAt(payload, CHADDR)
    const destination: Destination = toAll
      ? { ip: LIMITED_BROADCAST, port: DHCP_PORT.client, iface: to.name }
      : { ip: yiaddr, port: DHCP_PORT.client, mac: client, iface: to.name }
    const because = `on ${to.name}`
    return [
      { type: 'event', event: { kind: 'delivered', client, to: destination.ip, because } },
      { type: 'send', via: 'relay', to: destination, payload: reply },
    ]
  }
}

const ignored = (payload: Uint8Array | undefined, because: Phrase): Actions => [
  { type: 'event', event: { kind: 'ignored', client: payload && macAt(payload, CHADDR), because } },
]
