/**
 * One machine's boot as rows of a ladder: packets between hosts, choices and screen lines between them. Runs of DATA
 * and ACK are one row. Does not draw.
 */
import { deviceOf, dropText, isInDevice } from '../../core/drops.ts'
import type { Micros } from '../../core/micros.ts'
import type { RecordedEvent } from '../../core/recorded-event.ts'
import type { PacketText } from './packet-text.ts'
import type { Replay, ReplayMachine } from './model.ts'

export type LadderRow = { readonly at: Micros } & (
  | {
      readonly kind: 'packet'
      readonly frame: number
      readonly from: number
      /** Column, or -1: everybody. */
      readonly to: number
      readonly text: string
    }
  | { readonly kind: 'choice'; readonly rule: string; readonly text: string }
  | { readonly kind: 'screen'; readonly text: string }
  /** What a server thought of it. */
  | { readonly kind: 'service'; readonly host: string; readonly text: string }
  | { readonly kind: 'loss'; readonly text: string }
)

export interface Ladder {
  /** Names of hosts, the machine first. */
  readonly columns: readonly string[]
  readonly rows: readonly LadderRow[]
}

export const ladderOf = (
  replay: Replay,
  machine: ReplayMachine,
  textOf: (frame: number) => PacketText,
): Ladder => {
  const columns = [machine.result.name]
  const columnOf = (name: string) => {
    const known = columns.indexOf(name)
    return known >= 0 ? known : columns.push(name) - 1
  }
  const rows: LadderRow[] = []
  const { trace, frames } = replay
  if (!trace) return { columns, rows }
  let run: { frame: number; packets: number; bytes: number } | undefined
  const endRun = () => {
    if (run) rows.push(runRow(run))
    run = undefined
  }
  const runRow = ({ frame, packets, bytes }: NonNullable<typeof run>): LadderRow => {
    const text = textOf(frame)
    return {
      kind: 'packet',
      at: frames.at[frame]!,
      frame,
      from: columnOf(text.from),
      to: columnOf(text.to),
      text:
        packets === 1 ? text.text : `${packets} TFTP packets, ${bytes.toLocaleString('en')} bytes of file`,
    }
  }
  for (const { frame, event } of merged(replay, machine)) {
    if (frame !== undefined) {
      const text = textOf(frame)
      if (text.bulk !== undefined) {
        run ??= { frame, packets: 0, bytes: 0 }
        run.packets++
        run.bytes += text.bulk
        continue
      }
      endRun()
      const everyone = text.to === 'everyone'
      rows.push({
        kind: 'packet',
        at: frames.at[frame]!,
        frame,
        from: columnOf(text.from),
        to: everyone ? -1 : columnOf(text.to),
        text: text.text,
      })
    } else if (event !== undefined) {
      const row = noteOf(trace.event(event))
      if (!row) continue
      endRun()
      rows.push({ at: trace.at[event]!, ...row })
    }
  }
  endRun()
  return { columns, rows }
}

type Note =
  | Omit<Extract<LadderRow, { kind: 'choice' }>, 'at'>
  | Omit<Extract<LadderRow, { kind: 'screen' }>, 'at'>
  | Omit<Extract<LadderRow, { kind: 'service' }>, 'at'>
  | Omit<Extract<LadderRow, { kind: 'loss' }>, 'at'>

const noteOf = (event: RecordedEvent): Note | undefined => {
  switch (event.kind) {
    case 'choice':
      return { kind: 'choice', rule: event.rule, text: event.text }
    case 'screen':
      return event.continues ? undefined : { kind: 'screen', text: event.text }
    case 'service':
      return REPEATS_A_PACKET.get(event.service)?.includes(event.type)
        ? undefined
        : { kind: 'service', host: event.host, text: `${event.service}: ${event.text}` }
    case 'drop': {
      const { segment, receiver, cause } = event
      const text = isInDevice(cause)
        ? `${deviceOf(event)} dropped a packet on ${segment}: ${dropText(cause)}`
        : `A packet on ${segment} did not reach ${receiver}: ${dropText(cause)}`
      return { kind: 'loss', text }
    }
    case 'frame':
    case 'power':
    case 'fault':
      return undefined
  }
}

/** Types of events, by service, that only say what the packet beside them shows. */
const REPEATS_A_PACKET: ReadonlyMap<string, readonly string[]> = new Map([
  ['dhcp', ['offered', 'acknowledged']],
  ['pxe', ['ask']],
  ['relay', ['relayed', 'delivered', 'ignored']],
  ['tftp', ['requested']],
])

/** Frames and other events of a machine, in the order of the trace. */
const merged = (replay: Replay, machine: ReplayMachine): { frame?: number; event?: number }[] => {
  const { frames } = replay
  const all: { frame?: number; event?: number }[] = []
  let next = 0
  for (const frame of machine.frames) {
    while (next < machine.events.length && machine.events[next]! < frames.event[frame]!)
      all.push({ event: machine.events[next++]! })
    all.push({ frame })
  }
  while (next < machine.events.length) all.push({ event: machine.events[next++]! })
  return all
}
