/**
 * Which events and frames of a trace are whose, found in one pass each. Does not know what was the case when.
 */
import { type Ip4, type Mac, contains, parseCidr, parseIp4, parseMac, ANY_IP4 } from '../../core/address.ts'
import type { TraceReader } from '../../core/packed-trace.ts'
import type { Recording } from '../../simulation/recording.ts'
import { PEEK_LENGTH, PROTOCOLS, type Peek, peekFrame } from './frame-peek.ts'
import type { Frames, Host, ReplayMachine } from './replay.ts'

export interface Listed {
  /** Indices of events. */
  readonly choices: readonly number[]
  readonly faults: readonly number[]
  readonly frames: readonly number[]
}

/** Gives each machine the events that are not frames. */
export const listEvents = (trace: TraceReader, machines: readonly ReplayMachine[]): Listed => {
  const concerned = new Concerned(trace, machines)
  const choices: number[] = []
  const faults: number[] = []
  const frames: number[] = []
  for (let i = 0; i < trace.length; i++) {
    const kind = trace.kinds[i]!
    if (kind === 'f') frames.push(i)
    else if (kind === 'x') faults.push(i)
    else {
      if (kind === 'c') choices.push(i)
      concerned.machine(i)?.events.push(i)
    }
  }
  return { choices, faults, frames }
}

const ADDRESS = /\b(?:[\da-f]{2}:){5}[\da-f]{2}\b|\b\d+\.\d+\.\d+\.\d+\b/gi

/** The machine that an event is about: its own, or the one that a service speaks of, or whose frame was lost. */
class Concerned {
  readonly #trace: TraceReader
  readonly #machines: readonly ReplayMachine[]
  readonly #byName: ReadonlyMap<string, ReplayMachine>
  readonly #byAddress = new Map<string, ReplayMachine>()
  readonly #byMac = new Map<Mac, ReplayMachine>()
  readonly #head = new Uint8Array(PEEK_LENGTH)
  readonly #peek = newPeek()

  constructor(trace: TraceReader, machines: readonly ReplayMachine[]) {
    this.#trace = trace
    this.#machines = machines
    this.#byName = new Map(machines.map(machine => [machine.result.name, machine]))
    for (const machine of this.#machines) {
      const { mac, address } = machine.result
      this.#byAddress.set(mac, machine)
      if (address !== null) this.#byAddress.set(address, machine)
      const number = parseMac(mac)
      if (number !== undefined) this.#byMac.set(number, machine)
    }
  }

  machine(event: number): ReplayMachine | undefined {
    const trace = this.#trace
    switch (trace.kinds[event]!) {
      case 'v':
        for (const [address] of trace.text(event, 2).matchAll(ADDRESS)) {
          const machine = this.#byAddress.get(address)
          if (machine) return machine
        }
        return undefined
      case 'd': {
        peekFrame(this.#head, trace.head(event, this.#head), this.#peek)
        const { about, source, target } = this.#peek
        const whose = (mac: Mac | undefined) => (mac === undefined ? undefined : this.#byMac.get(mac))
        return whose(about) ?? whose(source) ?? whose(target)
      }
      default:
        return this.#byName.get(trace.text(event, 0))
    }
  }
}

const newPeek = (): Peek => ({
  source: 0 as Mac,
  target: 0 as Mac,
  sourceIp: undefined,
  targetIp: undefined,
  protocol: 'other',
  about: undefined,
})

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
  const peek = newPeek()
  const head = new Uint8Array(PEEK_LENGTH)
  const read = (i: number) => peekFrame(head, trace.head(events[i]!, head), peek)
  const numbers = new Map(PROTOCOLS.map((name, index) => [name, index]))
  // A server's first frame tells its hardware address; frames to it may come before.
  for (let i = 0; i < count; i++) {
    frames.segment[i] = segments.get(trace.text(events[i]!, 0)) ?? 0
    frames.at[i] = trace.at[events[i]!]!
    read(i)
    if (!owners.knows(peek.source)) owners.learn(peek.source, peek.sourceIp, frames.segment[i]!)
  }
  for (let i = 0; i < count; i++) {
    read(i)
    frames.protocol[i] = numbers.get(peek.protocol)!
    const source = (frames.source[i] = owners.byMac(peek.source))
    const target = (frames.target[i] = owners.byMac(peek.target))
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
  readonly #ips = new Map<Ip4, number>()
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
    const ip = parseIp4(address)
    if (ip !== undefined) this.#ips.set(ip, index)
  }

  knows(mac: Mac): boolean {
    return this.#macs.has(mac)
  }

  /** What comes from an address of the segment itself comes from its owner; what was forwarded does not. */
  learn(mac: Mac, ip: Ip4 | undefined, segment: number): void {
    const network = this.#networks[segment]
    if (ip === undefined || ip === ANY_IP4 || !network || !contains(network, ip)) return
    const owner = this.#ips.get(ip)
    if (owner !== undefined) this.#macs.set(mac, owner)
  }

  byMac(mac: Mac | undefined): number {
    return mac === undefined ? -1 : (this.#macs.get(mac) ?? -1)
  }

  byIp(ip: Ip4 | undefined): number {
    return ip === undefined ? -1 : (this.#ips.get(ip) ?? -1)
  }

  /** Index of the machine that a host is. */
  machine(host: number): number | undefined {
    const owner = this.#hosts[host]
    return owner?.kind === 'machine' ? owner.machine.index : undefined
  }
}
