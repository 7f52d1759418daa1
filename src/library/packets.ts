/**
 * The packets of a run as a test looks for them: who sent what to whom, by the names of the scenario. Does not judge.
 */
import { type Ip4, type Mac, BROADCAST_MAC, LIMITED_BROADCAST, formatMac } from '../core/address.ts'
import { toSeconds } from '../core/micros.ts'
import type { TraceEvent } from '../core/trace.ts'
import { nearestName } from '../document/nearest.ts'
import type { Scenario } from '../scenario/model.ts'
import { serverNames } from '../simulation/server-names.ts'
import { isBsdp } from '../wire/bsdp/class-identifier.ts'
import { describeFrame } from '../wire/describe.ts'
import { decodeDhcp } from '../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpMessage } from '../wire/dhcp/message.ts'
import { clientMac, messageType } from '../wire/dhcp/options.ts'
import type { Frame, UdpPacket } from '../wire/frame.ts'
import { decodeFrame } from '../wire/frames.ts'
import { decodeTftp } from '../wire/tftp/codec.ts'

export type PacketProtocol = 'ARP' | 'BSDP' | 'DHCP' | 'ICMP' | 'TFTP' | 'UDP' | 'other'

export interface Packet {
  /** Its number in the capture of the run, from 1. */
  readonly frame: number
  /** Since the start of the run, when it was at the subnet's switch. */
  readonly seconds: number
  readonly subnet: string
  /** Server, router or machine by name, else the address; `everyone` is a broadcast. */
  readonly from: string
  readonly to: string
  readonly protocol: PacketProtocol
  /** `DISCOVER`, `OFFER`, `ACK`, `RRQ`, `DATA` …; of ARP `REQUEST` or `REPLY`; empty where there is none. */
  readonly type: string
  /** The machine that a DHCP message is about, whoever sent it. */
  readonly client: string | undefined
  /** In a few words. */
  readonly text: string
  /** The Ethernet frame. */
  readonly bytes: Uint8Array
  /** What UDP carried. */
  readonly payload: Uint8Array | undefined
  /** Of DHCP and BSDP. */
  readonly dhcp: DhcpMessage | undefined
}

/**
 * All that is given must hold; of a list, one. Machines may be named by their group. A host that no scenario has is an
 * error: a test that waits for nothing from nobody would pass for ever.
 */
export interface PacketFilter {
  readonly from?: string | readonly string[] | undefined
  readonly to?: string | readonly string[] | undefined
  readonly client?: string | readonly string[] | undefined
  readonly subnet?: string | readonly string[] | undefined
  readonly protocol?: PacketProtocol | readonly PacketProtocol[] | undefined
  /** Upper or lower case. */
  readonly type?: string | readonly string[] | undefined
  /** Seconds since the start of the run. */
  readonly since?: number | undefined
}

export const packetsOf = (
  scenario: Scenario,
  trace: readonly TraceEvent[],
  filter: PacketFilter = {},
): Packet[] => {
  const names = new Names(scenario)
  const wanted = predicateOf(names, filter)
  let frame = 0
  return trace.flatMap(event => {
    if (event.kind !== 'frame') return []
    frame++
    const decoded = decodeFrame(event.bytes)
    if (!decoded.ok) return []
    const packet = {
      frame,
      seconds: toSeconds(event.at),
      subnet: event.segment,
      bytes: event.bytes,
      ...readFrame(decoded.value, names),
    }
    return wanted(packet) ? [packet] : []
  })
}

class Names {
  readonly #servers: (ip: Ip4) => string
  readonly #machines: ReadonlyMap<Mac, string>
  readonly #groups: ReadonlyMap<string, readonly string[]>
  readonly #known: ReadonlySet<string>

  constructor(scenario: Scenario) {
    const { clients, servers, routers } = scenario
    this.#servers = serverNames(scenario)
    const machines = clients.flatMap(({ members }) => members)
    this.#machines = new Map(machines.map(({ mac, name }) => [mac, name]))
    this.#groups = new Map(clients.map(({ name, members }) => [name, members.map(member => member.name)]))
    this.#known = new Set([...machines, ...servers, ...routers].map(({ name }) => name))
  }

  readonly nameOf = (ip: Ip4): string => this.#servers(ip)

  /** A host by its address; a machine, whose addresses come and go, by its MAC. */
  hostOf(ip: Ip4, mac: Mac): string {
    const name = this.#servers(ip)
    if (this.#known.has(name)) return name
    if (ip === LIMITED_BROADCAST || mac === BROADCAST_MAC) return 'everyone'
    return this.#machines.get(mac) ?? name
  }

  machine(mac: Mac): string {
    return this.#machines.get(mac) ?? formatMac(mac)
  }

  /** A group is all its machines. Throws `RangeError` for a name that nobody has. */
  membersOf(name: string): readonly string[] {
    const members = this.#groups.get(name)
    if (members) return members
    if (this.#known.has(name) || name === 'everyone' || IS_ADDRESS.test(name)) return [name]
    const nearest = nearestName(name, [...this.#known, ...this.#groups.keys()])
    throw new RangeError(
      `there is no host "${name}"${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
    )
  }
}

/** Of IPv4 or a MAC. */
const IS_ADDRESS = /^[\d.]+$|^[\da-f:]+$/i

type Read = Pick<Packet, 'from' | 'to' | 'protocol' | 'type' | 'client' | 'text' | 'payload' | 'dhcp'>

const NOTHING = { type: '', client: undefined, payload: undefined, dhcp: undefined } as const

const readFrame = (frame: Frame, names: Names): Read => {
  const { packet, source, target } = frame
  const { text } = describeFrame(frame, names.nameOf)
  if (packet.kind === 'other')
    return { ...NOTHING, protocol: 'other', from: names.machine(source), to: names.machine(target), text }
  if (packet.kind === 'arp')
    return {
      ...NOTHING,
      protocol: 'ARP',
      type: packet.operation.toUpperCase(),
      from: names.hostOf(packet.senderIp, source),
      to: target === BROADCAST_MAC ? 'everyone' : names.hostOf(packet.targetIp, target),
      text,
    }
  const ends = {
    from: names.hostOf(packet.source, source),
    to: names.hostOf(packet.target, target),
    text,
  }
  if (packet.body.kind === 'udp') return { ...ends, ...readUdp(packet.body, names) }
  return { ...NOTHING, ...ends, protocol: packet.body.kind === 'icmp' ? 'ICMP' : 'other' }
}

const DHCP_PORTS: readonly number[] = Object.values(DHCP_PORT)

const readUdp = (udp: UdpPacket, names: Names): Omit<Read, 'from' | 'to' | 'text'> => {
  const { payload } = udp
  // A Mac may want its answer at a port of its own.
  if (DHCP_PORTS.includes(udp.targetPort) || udp.sourcePort === DHCP_PORT.server) {
    const message = decodeDhcp(payload)
    if (message.ok) return readDhcp(message.value, payload, names)
  }
  const tftp = decodeTftp(payload)
  return tftp.ok
    ? { ...NOTHING, payload, protocol: 'TFTP', type: tftp.value.kind.toUpperCase() }
    : { ...NOTHING, payload, protocol: 'UDP' }
}

const readDhcp = (
  dhcp: DhcpMessage,
  payload: Uint8Array,
  names: Names,
): Omit<Read, 'from' | 'to' | 'text'> => ({
  payload,
  dhcp,
  protocol: isBsdp(dhcp) ? 'BSDP' : 'DHCP',
  type: messageType(dhcp)?.toUpperCase() ?? '',
  client: names.machine(clientMac(dhcp)),
})

const predicateOf = (names: Names, filter: PacketFilter): ((packet: Packet) => boolean) => {
  const { since = 0 } = filter
  const hosts = (wanted: string | readonly string[] | undefined): readonly string[] | undefined =>
    listOf(wanted)?.flatMap(name => names.membersOf(name))
  const from = hosts(filter.from)
  const to = hosts(filter.to)
  const client = hosts(filter.client)
  const subnet = listOf(filter.subnet)
  const protocol = listOf(filter.protocol)
  const type = listOf(filter.type)?.map(word => word.toUpperCase())
  return packet =>
    packet.seconds >= since &&
    holds(from, packet.from) &&
    holds(to, packet.to) &&
    holds(client, packet.client) &&
    holds(subnet, packet.subnet) &&
    holds(protocol, packet.protocol) &&
    holds(type, packet.type)
}

const listOf = (wanted: string | readonly string[] | undefined): readonly string[] | undefined =>
  typeof wanted === 'string' ? [wanted] : wanted

const holds = (wanted: readonly string[] | undefined, value: string | undefined): boolean =>
  wanted === undefined || (value !== undefined && wanted.includes(value))
