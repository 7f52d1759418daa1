/**
 * Which servers, services and subnets are out of order at a moment, from the faults of the trace. Faults that change
 * the weather of a link are on the time line only. Does not draw.
 */
import type { Micros } from '../../core/micros.ts'
import type { RecordedEvent } from '../../core/recorded-event.ts'

export interface Outage {
  readonly from: Micros
  /** Server, `server.service`, or subnet. */
  readonly what: string
  readonly works: boolean
}

export type RecordedFault = Extract<RecordedEvent, { kind: 'fault' }>

/** Of the faults, those after which something does not work, or works again. */
export const outagesOf = (faults: readonly RecordedFault[]): Outage[] =>
  faults.flatMap(({ at, change, what }) => {
    if (change === 'set') return []
    const works = change === 'start' || change === 'heal'
    return what.map(name => ({ from: at, what: name, works }))
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
