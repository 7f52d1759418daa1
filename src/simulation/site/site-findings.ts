/**
 * What only a site can know: jobs that were lost and why, policies that lagged, images that had not arrived, plug-ins
 * that are missing, and servers the console does not list. From the journal of the run, beside the findings of the
 * analyser, which sees packets alone (docs/decisions/0045). Does not look at packets but to number the evidence.
 */
import type { Mac } from '../../core/address.ts'
import { ruleIds } from '../../analysis/finding.ts'
import type { TraceEvent } from '../../core/trace.ts'
import type { Cause, SiteEvent } from '../../deployment/job-events.ts'
import { PLUG_INS } from '../../deployment/plug-ins.ts'
import type { FindingResult } from '../result.ts'
import { lostJobs } from './lost-jobs.ts'
import { FrameNumbers } from './frame-numbers.ts'
import { unregisteredServers } from './registrations.ts'
import type { SiteRun } from './site-run.ts'
import {
  type SiteView,
  grouped,
  machinesText,
  macsOf,
  ofKind,
  offerOf,
  secondsText,
  siteFinding,
} from './site-view.ts'

/** Site findings first where they are as bad; a lost job that the site explains is not told twice. */
export const withSiteFindings = (
  run: SiteRun,
  trace: readonly TraceEvent[],
  fromFrames: readonly FindingResult[],
): FindingResult[] => {
  const view: SiteView = { run, events: run.journal.events, frames: new FrameNumbers(trace) }
  const own = [
    ...lostJobs(view),
    ...missingPlugIns(view),
    ...missingImages(view),
    ...laggingPolicies(view),
    ...unregisteredServers(view),
  ]
  const explained = new Set(own.filter(({ rule }) => rule === 'job-lost').flatMap(({ clients }) => clients))
  const rest = fromFrames.filter(
    ({ rule, clients }) => rule !== 'job-lost' || !clients.every(client => explained.has(client)),
  )
  return [...own, ...rest].sort(
    (a, b) =>
      SEVERITY.indexOf(a.severity) - SEVERITY.indexOf(b.severity) ||
      RULES.indexOf(a.rule) - RULES.indexOf(b.rule),
  )
}

const SEVERITY = ['error', 'warning', 'info']
const RULES = ruleIds()

type Blocked = Extract<SiteEvent, { kind: 'blocked' }>

const serversIn = ({ run }: SiteView, { machine }: Cause): string[] => {
  const { notificationServers, siteServers } = run.site
  return [...notificationServers, ...siteServers].some(({ name }) => name === machine) ? [machine] : []
}

const missingPlugIns = (view: SiteView): FindingResult[] =>
  grouped(
    // Who has no job misses nothing.
    ofKind(view.events, 'blocked').filter(
      ({ cause, mac }) => cause.plugIn !== undefined && hasJob(view, mac),
    ),
    ({ cause }) => `${isClient(view, cause) ? '' : cause.machine} ${cause.rule} ${cause.plugIn}`,
  ).map(events => {
    const { cause, step } = firstOf(view, events)
    const macs = macsOf(events)
    const others = isClient(view, cause) && macs.size > 1 ? ` So it is on ${macs.size - 1} more.` : ''
    return siteFinding('plugin-missing', view, macs, {
      servers: serversIn(view, cause),
      message: `${cause.text}. ${machinesText(macs.size)} stop${macs.size === 1 ? 's' : ''} at step "${step}".${others}`,
      because: `The job needs it there by the vendor's table of plug-ins, rule ${cause.rule} (docs/site.md).`,
      remedy: `Roll out the ${PLUG_INS[cause.plugIn!]} to ${cause.machine}${others === '' ? '' : ' and the others'}, and start the job again.`,
    })
  })

/** Of the machine that comes first in the scenario. */
const firstOf = ({ run }: SiteView, events: readonly Blocked[]): Blocked => {
  const { mac } = run.computers().find(computer => events.some(event => event.mac === computer.mac))!
  return events.find(event => event.mac === mac)!
}

const isClient = ({ run }: SiteView, { machine }: Cause): boolean =>
  run.computers().some(({ name }) => name === machine)

const hasJob = ({ run }: SiteView, mac: Mac): boolean => (run.bookOf(mac)?.runsOf(mac).length ?? 0) > 0

const missingImages = (view: SiteView): FindingResult[] =>
  grouped(
    ofKind(view.events, 'blocked').filter(({ cause }) => cause.image !== undefined),
    ({ cause }) => `${cause.machine} ${cause.image}`,
  ).map(events => {
    const [{ cause, step, at }] = events as [Blocked]
    const macs = macsOf(events)
    const comes =
      cause.arrives === undefined || cause.arrives === Infinity
        ? 'it is not on its way'
        : `it comes at ${secondsText(cause.arrives)}, ${secondsText(cause.arrives - at)} too late`
    return siteFinding('image-not-here', view, macs, {
      servers: serversIn(view, cause),
      message: `${cause.image} is not on ${cause.machine}, where ${machinesText(macs.size)} asked for it at step "${step}": ${comes}.`,
      because:
        'Images and packages are distributed to each site server on its own; a job does not wait for that.',
      remedy: `Wait until the distribution of ${cause.image} to ${cause.machine} is complete, then start the job again.`,
      evidence: view.frames.around(at, events[0]!.mac, `${cause.image} is not on ${cause.machine}`),
    })
  })

const laggingPolicies = (view: SiteView): FindingResult[] => {
  const stale = ofKind(view.events, 'answered').filter(({ copy, decision }) => {
    const now = copy?.now
    if (now === undefined) return false
    return now === 'refused' || now.boot !== decision.boot || now.image !== decision.image
  })
  return grouped(stale, ({ by }) => by).map(events => {
    const [{ by, at, copy, decision, mac }] = events as [(typeof events)[number]]
    const { taken, next, now } = copy!
    const macs = macsOf(events)
    const wanted =
      now === 'refused' ? 'silence' : `${now.boot}${now.image === '' ? '' : ` with ${now.image}`}`
    return siteFinding('policy-lag', view, macs, {
      servers: [by],
      message: `${by} told ${machinesText(macs.size)} ${decision.boot} from a policy of ${secondsText(taken)}, when its Notification Server would have said ${wanted} (${secondsText(at)}).`,
      because: `The policy of ${by} comes on a schedule; the next one is at ${secondsText(next)}. Until then it does not know what has changed.`,
      remedy: `Apply the NBS settings immediately, or update the policy on ${by} before starting the job.`,
      evidence: offerOf(view, by, at, mac, `${by} offers ${decision.boot}`),
    })
  })
}
