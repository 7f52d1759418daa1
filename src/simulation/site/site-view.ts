/**
 * What the findings of a site are made from, and how they are put together. Finds nothing itself.
 */
import type { Mac } from '../../core/address.ts'
import { type Micros, toSeconds } from '../../core/micros.ts'
import { type BuiltInRule, metaOf } from '../../analysis/finding.ts'
import type { SiteEvent } from '../../deployment/job-events.ts'
import type { Evidence, FindingResult } from '../result.ts'
import type { FrameNumbers } from './frame-numbers.ts'
import type { SiteRun } from './site-run.ts'

export interface SiteView {
  readonly run: SiteRun
  readonly events: readonly SiteEvent[]
  readonly frames: FrameNumbers
}

export const siteFinding = (
  rule: BuiltInRule,
  { run }: SiteView,
  macs: ReadonlySet<Mac>,
  words: Pick<FindingResult, 'servers' | 'message' | 'because' | 'remedy'> & Partial<FindingResult>,
): FindingResult => {
  const computers = run.computers().filter(({ mac }) => macs.has(mac))
  const subnets = new Set(computers.map(({ subnet }) => subnet))
  return {
    rule,
    severity: metaOf(rule).severity,
    confidence: 'seen',
    subnet: subnets.size === 1 ? [...subnets][0]! : null,
    clients: computers.map(({ name }) => name),
    evidence: [],
    ...words,
  }
}

/** Events of one kind, together where the key is the same; in order of the first of each. */
export const grouped = <E extends SiteEvent>(events: readonly E[], keyOf: (event: E) => string): E[][] => {
  const groups = new Map<string, E[]>()
  for (const event of events) {
    const group = groups.get(keyOf(event))
    if (group) group.push(event)
    else groups.set(keyOf(event), [event])
  }
  return [...groups.values()]
}

export const ofKind = <K extends SiteEvent['kind']>(
  events: readonly SiteEvent[],
  kind: K,
): Extract<SiteEvent, { kind: K }>[] =>
  events.filter((event): event is Extract<SiteEvent, { kind: K }> => event.kind === kind)

/** The packet by which a server answered the machine. */
export const offerOf = (
  { run, frames }: SiteView,
  server: string,
  at: Micros,
  mac: Mac,
  text: string,
): Evidence[] => {
  const address = run.siteServer(server)?.address
  return address === undefined ? [] : frames.offer(at, mac, address, text)
}

export const macsOf = (events: readonly SiteEvent[]): ReadonlySet<Mac> =>
  new Set(events.map(({ mac }) => mac))
export const secondsText = (at: Micros): string => `${toSeconds(at).toFixed(3)} s`
export const machinesText = (count: number): string => (count === 1 ? 'one machine' : `${count} machines`)
