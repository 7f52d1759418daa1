/**
 * A recording, indexed for looking: which events each machine has, which frames go from whom to whom, and how each
 * machine stood at any moment. Everything here is computed once; nothing of it is drawn.
 */
import { type Ip4, formatIp4, parseIp4 } from '../../core/address.ts'
import { SECOND } from '../../core/micros.ts'
import type { Micros } from '../../core/micros.ts'
import { TraceReader } from '../../core/packed-trace.ts'
import type { Recording, SiteRouter, SiteServer } from '../../simulation/recording.ts'
import type { ClientResult } from '../../simulation/result.ts'
import { type Outage, outagesOf } from './faults-at.ts'
import { indexFrames, listEvents } from './replay-index.ts'

export type Host =
  | { readonly kind: 'server'; readonly name: string; readonly server: SiteServer }
  | { readonly kind: 'router'; readonly name: string; readonly router: SiteRouter }
  | { readonly kind: 'machine'; readonly name: string; readonly machine: ReplayMachine }

export interface ReplayMachine {
  readonly index: number
  readonly host: number
  readonly result: ClientResult
  poweredOn: Micros
  /** When its last choice was made, or its boot ended without one. */
  decided: Micros
  /** Infinity: still trying. */
  ended: Micros
  /** Indices of its events that are no frames, in order: screen, choice, power; what servers did for it; losses. */
  readonly events: number[]
  /** Numbers of its frames, from 0, in order. */
  readonly frames: number[]
}

/** Columns, one row a frame; numbered from 0, while people count from 1. */
export interface Frames {
  readonly count: number
  readonly event: Uint32Array
  readonly at: Float64Array
  readonly segment: Uint8Array
  /** Index into `PROTOCOLS`. */
  readonly protocol: Uint8Array
  /** Index of a host, or -1: unknown. */
  readonly source: Int32Array
  /** Index of a host, or -1: everybody on the segment, or unknown. */
  readonly target: Int32Array
  /** Index of a machine, or -1. */
  readonly machine: Int32Array
}

export interface Replay {
  readonly recording: Recording
  readonly trace: TraceReader | undefined
  readonly hosts: readonly Host[]
  readonly machines: readonly ReplayMachine[]
  readonly frames: Frames
  readonly segments: readonly string[]
  /** Event indices of choices and of faults. */
  readonly choices: readonly number[]
  readonly faults: readonly number[]
  readonly outages: readonly Outage[]
  readonly end: Micros
  readonly nameOf: (ip: Ip4) => string
  /** A trace is in the file, but does not fit together. */
  readonly damaged: boolean
}

export const replayOf = (recording: Recording): Replay => {
  const { result, site } = recording
  const trace = recording.trace ? TraceReader.open(recording.trace) : undefined
  const hosts: Host[] = []
  for (const server of site?.servers ?? []) hosts.push({ kind: 'server', name: server.name, server })
  for (const router of site?.routers ?? []) hosts.push({ kind: 'router', name: router.name, router })
  const machines = result.clients.map((client, index): ReplayMachine => {
    const machine: ReplayMachine = {
      index,
      host: hosts.length,
      result: client,
      poweredOn: 0,
      decided: Infinity,
      ended: Infinity,
      events: [],
      frames: [],
    }
    hosts.push({ kind: 'machine', name: client.name, machine })
    return machine
  })
  const segments = (site?.subnets ?? []).map(({ name }) => name)
  const listed = trace ? listEvents(trace, machines) : { choices: [], faults: [], frames: [] }
  for (const machine of machines) settle(machine, trace)
  const frames = indexFrames(trace, listed.frames, recording, hosts, machines)
  const last = trace && trace.length > 0 ? trace.at[trace.length - 1]! : 0
  const names = addressNames(hosts, machines)
  return {
    recording,
    trace,
    hosts,
    machines,
    frames,
    segments,
    choices: listed.choices,
    faults: listed.faults,
    outages: trace ? outagesOf(trace, listed.faults) : [],
    end: Math.max(last, result.virtualSeconds * SECOND),
    nameOf: ip => names.get(ip) ?? formatIp4(ip),
    damaged: recording.trace !== null && !trace,
  }
}

const settle = (machine: ReplayMachine, trace: TraceReader | undefined): void => {
  if (!trace) return
  const { events, result } = machine
  const power = events.find(event => trace.kinds[event] === 'p')
  machine.poweredOn = power === undefined ? Infinity : trace.at[power]!
  if (result.outcome !== 'pending') machine.ended = machine.poweredOn + Math.round(result.seconds * SECOND)
  // What is still trying may choose again.
  else return
  const choice = events.findLast(event => trace.kinds[event] === 'c')
  machine.decided = choice === undefined ? machine.ended : Math.min(machine.ended, trace.at[choice]!)
}

const addressNames = (hosts: readonly Host[], machines: readonly ReplayMachine[]): Map<Ip4, string> => {
  const names = new Map<Ip4, string>()
  const add = (address: string | null, name: string) => {
    const ip = address === null ? undefined : parseIp4(address)
    if (ip !== undefined) names.set(ip, name)
  }
  for (const { result } of machines) add(result.address, result.name)
  for (const host of hosts) {
    if (host.kind === 'server') add(host.server.address, host.name)
    if (host.kind === 'router') for (const { address } of host.router.joins) add(address, host.name)
  }
  return names
}

// What was the case at a moment.

export type Standing = 'off' | 'booting' | 'decided' | 'booted' | 'localDisk' | 'failed'

export const standingAt = (machine: ReplayMachine, at: Micros): Standing => {
  if (at < machine.poweredOn) return 'off'
  if (at >= machine.ended && machine.result.outcome !== 'pending') return machine.result.outcome
  return at >= machine.decided ? 'decided' : 'booting'
}

/** How many of the ascending `values` are at most `limit`. */
export const countUpTo = (length: number, valueAt: (index: number) => number, limit: number): number => {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (valueAt(middle) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

/** The lines on a machine's screen after its first `count` events. */
export const screenAfter = (replay: Replay, machine: ReplayMachine, count: number): string[] => {
  const { trace } = replay
  if (!trace) return [...machine.result.screen]
  const lines: string[] = []
  for (const event of machine.events.slice(0, count)) {
    const kind = trace.kinds[event]
    if (kind === 's' || (kind === 'a' && lines.length === 0)) lines.push(trace.text(event, 1))
    else if (kind === 'a') lines[lines.length - 1] += trace.text(event, 1)
  }
  return lines
}
