/**
 * `late-link` of a run: a machine was switched on while its link was cut, or before its switch port forwarded, so that
 * what it asked first is in no packet. Read from faults and drops of the trace.
 */
import { sentences } from '../analysis/findings/dhcp/late-link.ts'
import { messageOf } from '../analysis/message.ts'
import { macAt } from '../core/address.ts'
import { SECOND, type Micros, toSeconds } from '../core/micros.ts'
import type { TraceEvent } from '../core/trace.ts'
import { ETHERNET } from '../wire/layout.ts'
import type { Machine } from './machine.ts'
import type { UnlinkedFinding } from './result.ts'

/** A link that was down for less loses nothing that firmware does not repeat at once. */
const LEAST: Micros = SECOND

export const lateLinks = (
  trace: readonly TraceEvent[],
  machines: readonly Machine[],
  firmwareOf: (machine: Machine) => string,
): UnlinkedFinding[] => {
  const late = machines.flatMap(machine => {
    const heard = healedAfterPowerOn(trace, machine) ?? lastUnheard(trace, machine)
    return heard === undefined ? [] : [{ machine, wait: heard - machine.poweredOn }]
  })
  const subnets = [...new Set(late.map(({ machine }) => machine.group.on))]
  return subnets.map(subnet =>
    findingOf(
      subnet,
      late.filter(({ machine }) => machine.group.on === subnet),
    ),
  )

  function findingOf(
    subnet: string,
    all: readonly { readonly machine: Machine; readonly wait: Micros }[],
  ): UnlinkedFinding {
    const counts = new Map<string, number>()
    for (const { machine } of all) counts.set(firmwareOf(machine), (counts.get(firmwareOf(machine)) ?? 0) + 1)
    const seconds = toSeconds(roundedUp(Math.max(...all.map(({ wait }) => wait))))
    const details = {
      shownBy: 'run',
      seconds,
      machines: [...counts].map(([firmware, count]) => ({ firmware, count })),
    } as const
    const { text, because, remedy } = sentences(details)
    return {
      rule: 'late-link',
      severity: 'warning',
      confidence: 'seen',
      subnet,
      servers: [],
      clients: all.map(({ machine }) => machine.client.name),
      message: messageOf(text, details),
      because,
      remedy,
      evidence: [],
      details,
    }
  }
}

const roundedUp = (wait: Micros): Micros => Math.ceil(wait / TENTH) * TENTH
const TENTH = SECOND / 10

/** Undefined: its link was up when it was switched on, or never came up. */
const healedAfterPowerOn = (
  trace: readonly TraceEvent[],
  { client, group, poweredOn }: Machine,
): Micros | undefined => {
  const names = [client.name, group.name, group.on]
  let cutAt: Micros | undefined
  for (const event of trace) {
    if (event.kind !== 'fault' || !event.what.some(name => names.includes(name))) continue
    if (event.change === 'cut') cutAt ??= event.at
    if (event.change !== 'heal' || cutAt === undefined) continue
    if (cutAt <= poweredOn && event.at - poweredOn >= LEAST) return event.at
    cutAt = undefined
  }
  return undefined
}

/** What the switch took from it and did not forward yet; undefined: nothing. */
const lastUnheard = (trace: readonly TraceEvent[], { client, poweredOn }: Machine): Micros | undefined =>
  trace.findLast(
    event =>
      event.kind === 'drop' &&
      event.cause === 'port-not-forwarding' &&
      event.at >= poweredOn &&
      macAt(event.bytes, ETHERNET.source) === client.mac,
  )?.at
