/**
 * `job-lost` with its chain: ordered, tickled, restarted, answered by whom, where the machine went, and that the job
 * is still pending. Does not decide that a job is lost; that was seen when the boot ended (`lost-boots.ts`).
 */
import type { Sentences } from '../../../analysis/capture-rule.ts'
import { toSeconds } from '../../../core/micros.ts'
import type { SiteEvent } from '../../../deployment/job-events.ts'
import { TASK_TITLES } from '../../../deployment/tasks.ts'
import { describeDecision } from '../../../protocol/pxe/decision.ts'
import type { Evidence, UnlinkedFinding } from '../../result.ts'
import type { JobStep, LostJob } from './details.ts'
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

type Lost = Extract<SiteEvent, { kind: 'lost' }>

export const lostJobs = (view: SiteView): UnlinkedFinding[] =>
  grouped(ofKind(view.events, 'lost'), ({ by, job }) => `${by} ${job}`).map(events => {
    const [first] = events as [Lost]
    const macs = macsOf(events)
    const chain = chainOf(view, first)
    const machine = view.run.computer(first.mac)
    const culprit = view.run.siteServer(first.by ?? '')
    const asksAnother = culprit && culprit.notificationServer !== machine?.notificationServer
    return siteFinding(
      'job-lost',
      view,
      {
        macs,
        servers: [...new Set([...(first.by === undefined ? [] : [first.by]), ...chain.knowing])].sort(),
        details: {
          job: first.job,
          affected: macs.size,
          why: first.why,
          ...(first.by !== undefined && { by: first.by }),
          ...(asksAnother && { asks: culprit.notificationServer }),
          machine: machine?.name ?? '',
          steps: chain.steps,
          ...(chain.beside !== undefined && { beside: chain.beside }),
        },
        evidence: chain.evidence,
      },
      sentences,
    )
  })

interface Chain {
  readonly steps: readonly JobStep[]
  readonly beside: string | undefined
  /** Servers that would have done right. */
  readonly knowing: readonly string[]
  readonly evidence: readonly Evidence[]
}

const chainOf = (view: SiteView, lost: Lost): Chain => {
  const { events, run } = view
  const { mac } = lost
  const own = events.filter(event => event.mac === mac)
  const end = own.indexOf(lost)
  const start = own.slice(0, end).findLastIndex(event => event.kind === 'ordered' && event.job === lost.job)
  const before = own.slice(Math.max(0, start), end)
  const back = own.slice(end).find(event => event.kind === 'registered')
  return {
    steps: [...before, ...(back ? [back] : [])].flatMap(event =>
      event.kind === 'registered' && event !== back ? [] : (stepOf(event) ?? []),
    ),
    beside: run.bookOf(mac)?.current(mac)?.order.name,
    knowing: before.flatMap(event =>
      event.kind === 'answered' && event.decision.jobRunning && event.by !== lost.by ? [event.by] : [],
    ),
    evidence: before.flatMap(event => evidenceOf(view, event)),
  }
}

const stepOf = (event: SiteEvent): JobStep | undefined => {
  const seconds = toSeconds(event.at)
  switch (event.kind) {
    case 'ordered':
    case 'tickled':
      return { seconds, event: event.kind, by: event.by }
    case 'handed':
      return { seconds, event: 'handed', by: event.by, task: event.task }
    case 'restarting':
      return { seconds, event: 'restarting' }
    case 'answered': {
      const { boot, client, image, arch, jobRunning } = event.decision
      return { seconds, event: 'answered', by: event.by, decision: { boot, client, image, arch, jobRunning } }
    }
    case 'boot':
      return { seconds, event: 'boot', outcome: event.outcome, followed: event.pxeServer ?? null }
    case 'registered':
      return { seconds, event: 'registered', system: event.system }
    case 'preboot':
    case 'up':
    case 'menu':
    case 'package':
    case 'task':
    case 'blocked':
    case 'lost':
    case 'finished':
      return undefined
  }
}

const evidenceOf = (view: SiteView, event: SiteEvent): Evidence[] => {
  const { at, mac } = event
  if (event.kind === 'tickled')
    return view.frames.agent(at, mac, 'tickle', `${event.by} tickles ${event.whom}`)
  if (event.kind !== 'answered') return []
  return offerOf(view, event.by, at, mac, `${event.by} offers ${describeDecision(event.decision)}`)
}

const sentences = (details: LostJob): Sentences => {
  const { job, affected, why, asks, machine, steps, beside } = details
  const links = steps.map(stepText)
  const state =
    beside === undefined ? 'the job is still pending' : `the job is still pending, as is ${beside}`
  return {
    text: `job ${job} is lost for ${machinesText(affected)}: ${why}${asks === undefined ? '' : ` (it uses ${asks})`}. It stays pending on the console; no error is shown.`,
    because: `${machine}: ${[...new Set([...links, state])].join('; ')}.`,
    remedy: remedyOf(details),
  }
}

const stepText = (step: JobStep): string => {
  const at = secondsText(step.seconds)
  switch (step.event) {
    case 'ordered':
      return `ordered at ${at} on ${step.by}`
    case 'tickled':
      return `tickled at ${at} by ${step.by}`
    case 'handed':
      return `took "${TASK_TITLES[step.task]}" at ${at} from ${step.by}`
    case 'restarting':
      return `restarted at ${at}`
    case 'answered':
      return `answered at ${at} by ${step.by}: ${describeDecision(step.decision)}`
    case 'boot':
      return `${step.outcome === 'booted' ? 'booted' : 'went to its disk'} at ${at}, following ${step.followed ?? 'no server'}`
    case 'registered':
      return `registered again at ${at}, in ${step.system}`
  }
}

const remedyOf = ({ by, asks }: LostJob): string => {
  if (by === undefined)
    return 'Make sure that a Network Boot Service answers on this subnet, then start the job again.'
  const other =
    asks === undefined
      ? ', or apply its policy immediately'
      : ', or connect it to the Notification Server that has the job'
  return `Disable the Network Boot Service on ${by} for this subnet${other}; then start the job again.`
}
