/**
 * Which events and frames of a trace are whose, found in one pass each. Does not know what was the case when.
 */
import { type Mac, ANY_IP4, contains, parseCidr, parseMac } from '../../core/address.ts'
import { type Ip, isIp6, parseIp } from '../../core/ip.ts'
import type { TraceReader } from '../../core/packed-trace.ts'
import type { RecordedEvent } from '../../core/recorded-event.ts'
import type { Recording } from '../../simulation/recording.ts'
import type { RecordedFault } from './faults-at.ts'
import { FramePeek, PEEK_LENGTH, PROTOCOLS } from './frame-peek.ts'
import type { ChoiceMade, Frames, Host, ReplayMachine } from './model.ts'

export interface Listed {
  readonly choices: readonly ChoiceMade[]
  readonly faults: readonly RecordedFault[]
  /** Indices of events. */
  readonly frames: readonly number[]
}

/** Gives each machine the events that are not frames. */
export const listEvents = (trace: TraceReader, machines: readonly ReplayMachine[]): Listed => {
  const concerned = new Concerned(trace, machines)
  const choices: ChoiceMade[] = []
  const faults: RecordedFault[] = []
  const frames: number[] = []
  for (let i = 0; i < trace.length; i++) {
    if (trace.kind(i) === 'frame') {
      frames.push(i)
      continue
    }
    const event = trace.event(i)
    if (event.kind === 'fault') faults.push(event)
    const machine = concerned.machine(event, i)
    machine?.events.push(i)
    if (event.kind === 'choice' && machine) choices.push({ at: event.at, machine: machine.index })
  }
  return { choices, faults, frames }
}

/** The machine that an event is about: its own, or the one that a service speaks of, or whose frame was lost. */
class Concerned {
  readonly #trace: TraceReader
  readonly #byName: ReadonlyMap<string, ReplayMachine>
  readonly #byAddress = new Map<Ip, ReplayMachine>()
  readonly #byMac = new Map<Mac, ReplayMachine>()
  readonly #head = new Uint8Array(PEEK_LENGTH)
  readonly #peek = new FramePeek()

  constructor(trace: TraceReader, machines: readonly ReplayMachine[]) {
    this.#trace = trace
    this.#byName = new Map(machines.map(machine => [machine.result.name, machine]))
    for (const machine of machines) {
      const mac = parseMac(machine.result.mac)
      const ip = parseIp(machine.result.address ?? '')
      if (mac !== undefined) this.#byMac.set(mac, machine)
      if (ip !== undefined) this.#byAddress.set(ip, machine)
    }
  }

  machine(event: RecordedEvent, index: number): ReplayMachine | undefined {
    switch (event.kind) {
      case 'service':
        return this.#withMac(event.client) ?? this.#withAddress(event.address)
      case 'drop': {
        this.#peek.look(this.#head, this.#trace.head(index, this.#head))
        const { about, sourceMac, targetMac, sourceIp, targetIp } = this.#peek
        // In a router it has other MACs.
        return (
          this.#withMac(about) ??
          this.#withMac(sourceMac) ??
          this.#withMac(targetMac) ??
          this.#withAddress(sourceIp) ??
          this.#withAddress(targetIp)
        )
      }
      case 'screen':
      case 'choice':
      case 'power':
        return this.#byName.get(event.host)
      case 'frame':
      case 'fault':
        return undefined
    }
  }

  #withMac(mac: Mac | undefined): ReplayMachine | undefined {
    return mac === undefined ? undefined : this.#byMac.get(mac)
  }

  #withAddress(ip: Ip | undefined): ReplayMachine | undefined {
    return ip === undefined ? undefined : this.#byAddress.get(ip)
  }
}

export const indexFrames = (
  trace: TraceReader | undefined,
  events: readonly number[],
  { site }: Recording,
  hosts: readonly Host[],
  machines: readonly ReplayMachine[],
): Frames => {
  const count = events.length
  const frames = {
    count,
    event: Uint32Array.from(events),
    at: new Float64Array(count),
    segment: new Uint8Array(count),
    protocol: new Uint8Array(count),
    source: new Int32Array(count).fill(-1),
    target: new Int32Array(count).fill(-1),
    machine: new Int32Array(count).fill(-1),
  }
  if (!trace || !site) return frames
  const segments = new Map(site.subnets.map(({ name }, index) => [name, index]))
  const owners = new Owners(site, hosts)
  const peek = new FramePeek()
  const head = new Uint8Array(PEEK_LENGTH)
  const look = (i: number) => peek.look(head, trace.head(events[i]!, head))
  const numbers = new Map(PROTOCOLS.map((name, index) => [name, index]))
  // A server's first frame tells its hardware address; frames to it may come before.
  for (let i = 0; i < count; i++) {
    frames.segment[i] = segments.get(trace.segment(events[i]!)) ?? 0
    frames.at[i] = trace.at[events[i]!]!
    look(i)
    if (!owners.knows(peek.sourceMac)) owners.learn(peek.sourceMac, peek.sourceIp, frames.segment[i]!)
  }
  for (let i = 0; i < count; i++) {
    look(i)
    frames.protocol[i] = numbers.get(peek.kind)!
    const source = (frames.source[i] = owners.byMac(peek.sourceMac))
    const target = (frames.target[i] = owners.byMac(peek.targetMac))
    const about =
      owners.machine(owners.byMac(peek.about)) ??
      owners.machine(source) ??
      owners.machine(target) ??
      owners.machine(owners.byIp(peek.sourceIp)) ??
      owners.machine(owners.byIp(peek.targetIp))
    if (about === undefined) continue
    frames.machine[i] = about
    machines[about]!.frames.push(i)
  }
  return frames
}

/** Who has which address. */
class Owners {
  readonly #macs = new Map<number, number>()
  readonly #ips = new Map<Ip, number>()
  readonly #hosts: readonly Host[]
  readonly #networks

  constructor(site: NonNullable<Recording['site']>, hosts: readonly Host[]) {
    this.#hosts = hosts
    this.#networks = site.subnets.map(({ cidr }) => parseCidr(cidr))
    hosts.forEach((host, index) => {
      if (host.kind === 'server') this.#add(host.server.address, index)
      else if (host.kind === 'router') for (const { address } of host.router.joins) this.#add(address, index)
      else {
        const mac = parseMac(host.machine.result.mac)
        if (mac !== undefined) this.#macs.set(mac, index)
        if (host.machine.result.address !== null) this.#add(host.machine.result.address, index)
      }
    })
  }

  #add(address: string, index: number): void {
    const ip = parseIp(address)
    if (ip !== undefined) this.#ips.set(ip, index)
  }

  knows(mac: Mac): boolean {
    return this.#macs.has(mac)
  }

  /** What comes from an address of the segment itself comes from its owner; what was forwarded does not. */
  learn(mac: Mac, ip: Ip | undefined, segment: number): void {
    const network = this.#networks[segment]
    if (ip === undefined || ip === ANY_IP4 || isIp6(ip) || !network || !contains(network, ip)) return
    const owner = this.#ips.get(ip)
    if (owner !== undefined) this.#macs.set(mac, owner)
  }

  byMac(mac: Mac | undefined): number {
    return mac === undefined ? -1 : (this.#macs.get(mac) ?? -1)
  }

  byIp(ip: Ip | undefined): number {
    return ip === undefined ? -1 : (this.#ips.get(ip) ?? -1)
  }

  /** Index of the machine that a host is. */
  machine(host: number): number | undefined {
    const owner = this.#hosts[host]
    return owner?.kind === 'machine' ? owner.machine.index : undefined
  }
}
