/**
 * `job-lost` with its chain: ordered, tickled, restarted, answered by whom, where the machine went, and that the job
 * is still pending. Does not decide that a job is lost; that was seen when the boot ended (`lost-boots.ts`).
 */
import type { SiteEvent } from '../../deployment/job-events.ts'
import { TASK_TITLES } from '../../deployment/tasks.ts'
import { describeDecision } from '../../protocol/pxe/decision.ts'
import type { Evidence, FindingResult } from '../result.ts'
import {
  type SiteView,
  grouped,
  offerOf,
  machinesText,
  macsOf,
  ofKind,
  secondsText,
  siteFinding,
} from './site-view.ts'

type Lost = Extract<SiteEvent, { kind: 'lost' }>

export const lostJobs = (view: SiteView): FindingResult[] =>
  grouped(ofKind(view.events, 'lost'), ({ by, job }) => `${by} ${job}`).map(events => {
    const [first] = events as [Lost]
    const macs = macsOf(events)
    const chain = chainOf(view, first)
    const name = view.run.computer(first.mac)?.name ?? ''
    const culprit = view.run.siteServer(first.by ?? '')
    const where =
      culprit && culprit.notificationServer !== view.run.computer(first.mac)?.notificationServer
        ? ` (it asks ${culprit.notificationServer})`
        : ''
    return siteFinding('job-lost', view, macs, {
      servers: [...new Set([...(first.by === undefined ? [] : [first.by]), ...chain.knowing])].sort(),
      message: `job ${first.job} is lost for ${machinesText(macs.size)}: ${first.why}${where}. It stays pending on the console; no error is shown.`,
      because: `${name}: ${chain.links.join('; ')}.`,
      remedy: remedyFor(first, where !== ''),
      evidence: chain.evidence,
    })
  })

const remedyFor = ({ by }: Lost, asksAnother: boolean): string => {
  if (by === undefined)
    return 'See that a Network Boot Service answers on this subnet, then start the job again.'
  const other = asksAnother
    ? ', or connect it to the Notification Server that has the job'
    : ', or apply its policy immediately'
  return `Disable the Network Boot Service on ${by} for this subnet${other}; then start the job again.`
}

interface Chain {
  readonly links: readonly string[]
  /** Servers that would have done right. */
  readonly knowing: readonly string[]
  readonly evidence: readonly Evidence[]
}

const chainOf = (view: SiteView, lost: Lost): Chain => {
  const { events, run } = view
  const { mac } = lost
  const links: string[] = []
  const evidence: Evidence[] = []
  const knowing = new Set<string>()
  const own = events.filter(event => event.mac === mac)
  const end = own.indexOf(lost)
  const start = own.slice(0, end).findLastIndex(event => event.kind === 'ordered' && event.job === lost.job)
  for (const event of own.slice(Math.max(0, start), end)) {
    const link = linkOf(event)
    if (link !== undefined) links.push(link)
    evidence.push(...evidenceOf(view, event))
    if (event.kind === 'answered' && event.decision.jobRunning && event.by !== lost.by) knowing.add(event.by)
  }
  links.push(...afterwards(own, end, run.bookOf(mac)?.current(mac)?.order.name))
  return {
    links: links.filter((link, index) => links.indexOf(link) === index),
    knowing: [...knowing],
    evidence,
  }
}

const linkOf = (event: SiteEvent): string | undefined => {
  const at = secondsText(event.at)
  if (event.kind === 'ordered') return `ordered at ${at} on ${event.by}`
  if (event.kind === 'tickled') return `tickled at ${at} by ${event.by}`
  if (event.kind === 'handed') return `took "${TASK_TITLES[event.task]}" at ${at} from ${event.by}`
  if (event.kind === 'restarting') return `restarted at ${at}`
  if (event.kind === 'answered')
    return `answered at ${at} by ${event.by}: ${describeDecision(event.decision)}`
  if (event.kind !== 'boot') return undefined
  const what = event.outcome === 'booted' ? 'booted' : 'went to its disk'
  return `${what} at ${at}, following ${event.pxeServer ?? 'nobody'}`
}

const evidenceOf = (view: SiteView, event: SiteEvent): Evidence[] => {
  const { at, mac } = event
  if (event.kind === 'tickled')
    return view.frames.agent(at, mac, 'tickle', `${event.by} tickles ${event.whom}`)
  if (event.kind !== 'answered') return []
  return offerOf(view, event.by, at, mac, `${event.by} offers ${describeDecision(event.decision)}`)
}

const afterwards = (own: readonly SiteEvent[], end: number, next: string | undefined): string[] => {
  const up = own.slice(end).find(event => event.kind === 'registered')
  const back = up?.kind === 'registered' ? [`registered again at ${secondsText(up.at)}, in ${up.system}`] : []
  return [
    ...back,
    next === undefined ? 'the job is still pending' : `the job is still pending, beside ${next}`,
  ]
}
