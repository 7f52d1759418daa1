/**
 * A recording, indexed for looking: which events each machine has, which frames go from whom to whom, and how each
 * machine stood at any moment. Everything here is computed once; nothing of it is drawn.
 */
import { type Ip4, formatIp4, parseIp4 } from '../../core/address.ts'
import { SECOND } from '../../core/micros.ts'
import type { Micros } from '../../core/micros.ts'
import { TraceReader } from '../../core/packed-trace.ts'
import type { Recording } from '../../simulation/recording.ts'
import { outagesOf } from './faults-at.ts'
import type { Host, Replay, ReplayMachine } from './model.ts'
import { indexFrames, listEvents } from './replay-index.ts'

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
    faults: listed.faults.map(({ at }) => at),
    outages: outagesOf(listed.faults),
    end: Math.max(last, result.virtualSeconds * SECOND),
    nameOf: ip => names.get(ip) ?? formatIp4(ip),
    damaged: recording.trace !== null && !trace,
  }
}

const settle = (machine: ReplayMachine, trace: TraceReader | undefined): void => {
  if (!trace) return
  const { events, result } = machine
  // Before it is switched off it was switched on.
  const power = events.find(event => trace.kind(event) === 'power')
  machine.poweredOn = power === undefined ? Infinity : trace.at[power]!
  if (result.outcome !== 'pending') machine.ended = machine.poweredOn + Math.round(result.seconds * SECOND)
  // What is still trying may choose again.
  else return
  const choice = events.findLast(event => trace.kind(event) === 'choice')
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

export type MachineStatus = 'off' | 'booting' | 'decided' | 'booted' | 'localDisk' | 'failed'

export const statusAt = (machine: ReplayMachine, at: Micros): MachineStatus => {
  if (at < machine.poweredOn) return 'off'
  if (at >= machine.ended && machine.result.outcome !== 'pending') return machine.result.outcome
  return at >= machine.decided ? 'decided' : 'booting'
}

/** The lines on a machine's screen after its first `count` events. */
export const screenAfter = (replay: Replay, machine: ReplayMachine, count: number): string[] => {
  const { trace } = replay
  if (!trace) return [...machine.result.screen]
  const lines: string[] = []
  for (const event of machine.events.slice(0, count)) {
    const shown = trace.event(event)
    if (shown.kind !== 'screen') continue
    if (shown.continues && lines.length > 0) lines[lines.length - 1] += shown.text
    else lines.push(shown.text)
  }
  return lines
}
