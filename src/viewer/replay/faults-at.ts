/**
 * Which servers, services and subnets are out of order at a moment, from the faults of the trace. Faults that change
 * the weather of a link are on the time line only. Does not draw.
 */
import type { Micros } from '../../core/micros.ts'
import type { TraceReader } from '../../core/packed-trace.ts'

export interface Outage {
  readonly from: Micros
  /** Server, `server.service`, or subnet. */
  readonly what: string
  readonly works: boolean
}

/** `15 s: stop nbs.tftp`, `4 s: cut office`: the words of scenario/faults.ts. */
const FAULT = /^\S+ s: (stop|start|cut|heal) (.+)$/

export const outagesOf = (trace: TraceReader, faults: readonly number[]): Outage[] =>
  faults.flatMap(event => {
    const [, verb, names] = FAULT.exec(trace.text(event, 0)) ?? []
    if (verb === undefined || names === undefined) return []
    const works = verb === 'start' || verb === 'heal'
    return names.split(', ').map(what => ({ from: trace.at[event]!, what, works }))
  })

/** What does not work at the moment, under the name of the server or subnet: `` is all of it, else services. */
export const brokenAt = (outages: readonly Outage[], at: Micros): ReadonlyMap<string, readonly string[]> => {
  const broken = new Set<string>()
  for (const { from, what, works } of outages) {
    if (from > at) break
    if (works) broken.delete(what)
    else broken.add(what)
  }
  const byName = new Map<string, string[]>()
  for (const what of broken) {
    const [name, service = ''] = what.split('.')
    byName.set(name!, [...(byName.get(name!) ?? []), service])
  }
  return byName
}
