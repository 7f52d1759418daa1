/**
 * A machine of a run: what it is, when it was switched on, and which of its boots counts. Does not build or run one.
 */
import type { Micros } from '../core/micros.ts'
import type { TraceEvent } from '../core/trace.ts'
import type { TaskKind } from '../deployment/tasks.ts'
import type { BootRecord, Firmware } from '../firmware/pc.ts'
import type { RunningMachine } from '../firmware/run.ts'
import type { Client, ClientGroup } from '../scenario/model.ts'

/** One boot of a machine. */
export interface Boot {
  /** The task that sent it there; undefined: it was switched on. */
  readonly task: TaskKind | undefined
  readonly record: BootRecord
  readonly started: Micros
  ended: Micros | undefined
}

export interface Machine {
  readonly client: Client
  readonly group: ClientGroup
  readonly firmware: Firmware
  /** When it is switched on, or was the last time. */
  poweredOn: Micros
  /** Undefined until it was switched on. */
  running: RunningMachine | undefined
  /** When its boot came to an end. */
  ended: Micros | undefined
  /** In a site a machine boots several times, or not at all. */
  readonly boots: Boot[] | undefined
  /** Real firmware: what it is, `ipxe 1.0.0+git-20190125`. */
  readonly guest?: string
}

/** Who sees to it that a machine is switched on; `switchOn` may be called again, and then restarts it. */
export type PowerSwitch = (machine: Machine, switchOn: () => void) => void

/** Makes a machine of real firmware, if the group asks for one and there are any. */
export type PlugGuest = (
  group: ClientGroup,
  client: Client,
  uuid: Uint8Array,
  poweredOn: Micros,
  onEnd: (machine: Machine) => void,
) => Machine

/** Of the boot that counts. */
export const recordOf = (machine: Machine): BootRecord | undefined =>
  machine.boots ? decisiveBoot(machine.boots)?.record : machine.running?.record

/** What was traced during the boot that counts; without a site, all of it. */
export const traceOfBoot = (machine: Machine, trace: readonly TraceEvent[]): readonly TraceEvent[] => {
  const boot = machine.boots && decisiveBoot(machine.boots)
  if (!boot) return machine.boots ? [] : trace
  const { started, ended = Infinity } = boot
  return trace.filter(({ at }) => at >= started && at <= ended)
}

/** The last one that a job sent to the network; without such a one, the last that was not for the disk. */
export const decisiveBoot = (boots: readonly Boot[]): Boot | undefined =>
  boots.findLast(({ task }) => task === 'boot-to-automation' || task === 'boot-to-pxe') ??
  boots.findLast(({ task }) => task !== 'boot-to-production') ??
  boots.at(-1)
