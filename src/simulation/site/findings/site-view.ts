/**
 * What the findings of a site are made from, and how they are put together. Finds nothing itself.
 */
import type { Sentences } from '../../../analysis/capture-rule.ts'
import { metaOf } from '../../../analysis/finding.ts'
import type { Mac } from '../../../core/address.ts'
import type { Micros } from '../../../core/micros.ts'
import type { SiteEvent } from '../../../deployment/job-events.ts'
import type { Evidence, UnlinkedFinding } from '../../result.ts'
import type { SiteRun } from '../site-run.ts'
import type { DeploymentDetails } from './details.ts'
import type { FrameNumbers } from './frame-numbers.ts'

export interface SiteView {
  readonly run: SiteRun
  readonly events: readonly SiteEvent[]
  readonly frames: FrameNumbers
}

interface SiteReport<Id extends keyof DeploymentDetails> {
  readonly macs: ReadonlySet<Mac>
  readonly servers: readonly string[]
  readonly details: DeploymentDetails[Id]
  readonly evidence?: readonly Evidence[]
}

/** `text` of the sentences is the whole message. */
export const siteFinding = <Id extends keyof DeploymentDetails>(
  rule: Id,
  { run }: SiteView,
  { macs, servers, details, evidence = [] }: SiteReport<Id>,
  sentences: (details: DeploymentDetails[Id]) => Sentences,
): UnlinkedFinding => {
  const computers = run.computers().filter(({ mac }) => macs.has(mac))
  const subnets = new Set(computers.map(({ subnet }) => subnet))
  const { text: message, because, remedy } = sentences(details)
  const finding = {
    rule,
    severity: metaOf(rule).severity,
    confidence: 'seen' as const,
    subnet: subnets.size === 1 ? [...subnets][0]! : null,
    clients: computers.map(({ name }) => name),
    evidence,
    servers,
    message,
    because,
    remedy,
    details,
  }
  // `rule` and `details` belong together by the type of this function.
  return finding as unknown as UnlinkedFinding
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

/** The machine, if it is a server of the site. */
export const serversIn = ({ run }: SiteView, machine: string): string[] => {
  const { notificationServers, siteServers } = run.site
  return [...notificationServers, ...siteServers].some(({ name }) => name === machine) ? [machine] : []
}

export const secondsText = (seconds: number): string => `${seconds.toFixed(3)} s`
export const machinesText = (count: number): string => (count === 1 ? 'one machine' : `${count} machines`)
