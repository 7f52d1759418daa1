/**
 * What became of a machine's boots and jobs, for the result. Reads the journal and the job books; judges nothing.
 */
import type { Mac } from '../../core/address.ts'
import { type Micros, toSeconds } from '../../core/micros.ts'
import type { JobRun } from '../../deployment/job-store.ts'
import type { SiteEvent } from '../../deployment/job-events.ts'
import { TASK_TITLES } from '../../deployment/tasks.ts'
import type { Machine } from '../machine.ts'
import type { JobState } from '../../scenario/model.ts'
import type { BootResult, JobResult } from '../result.ts'
import type { SiteRun } from './site-run.ts'

export interface MachineOfSite {
  readonly boots: readonly BootResult[]
  readonly jobs: readonly JobResult[]
}

export const siteResults = (run: SiteRun): ((machine: Machine) => MachineOfSite) => {
  const events = new Map<Mac, SiteEvent[]>()
  for (const event of run.journal.events) {
    const own = events.get(event.mac)
    if (own) own.push(event)
    else events.set(event.mac, [event])
  }
  return machine => {
    const { mac } = machine.client
    const own = events.get(mac) ?? []
    return {
      boots: (machine.boots ?? []).map(boot => bootResult(run, boot)),
      jobs: (run.bookOf(mac)?.runsOf(mac) ?? []).map(job => jobResult(job, own)),
    }
  }
}

const bootResult = (
  { nameOf }: SiteRun,
  { task, record, started, ended }: NonNullable<Machine['boots']>[number],
): BootResult => ({
  task: task ?? null,
  outcome: ended === undefined ? 'pending' : record.outcome,
  code: record.code ?? null,
  pxeServer: record.pxeServer === undefined ? null : nameOf(record.pxeServer),
  file: record.file ?? null,
  startedAt: toSeconds(started),
  endedAt: ended === undefined ? null : toSeconds(ended),
})

export const stateOf = ({ state, blocked }: JobRun): JobState => {
  if (state === 'failed') return 'stopped'
  if (state !== 'open') return state
  return blocked === undefined ? 'pending' : 'stopped'
}

const jobResult = (run: JobRun, events: readonly SiteEvent[]): JobResult => {
  const { order, tasks, index } = run
  const start = events.findIndex(event => event.kind === 'ordered' && event.job === order.name)
  const next = events.findIndex((event, at) => at > start && event.kind === 'ordered')
  const own = events.slice(Math.max(0, start), next < 0 || run.state === 'open' ? undefined : next)
  const timeOf = (found: SiteEvent | undefined): number | null =>
    found === undefined ? null : toSeconds(found.at satisfies Micros)
  const lost = own.findLast(event => event.kind === 'lost')
  const blocked = run.blocked ?? (run.state === 'failed' ? own.findLast(isBlocked) : undefined)
  return {
    name: order.name,
    state: stateOf(run),
    task: tasks[index] === undefined ? null : TASK_TITLES[tasks[index]],
    step: blocked?.step ?? null,
    message: (lost?.kind === 'lost' ? lost.why : blocked?.cause.text) ?? null,
    orderedAt: timeOf(own.find(event => event.kind === 'ordered')),
    tickledAt: timeOf(own.find(event => event.kind === 'tickled')),
    restartedAt: timeOf(own.find(event => event.kind === 'restarting')),
    endedAt: timeOf(own.findLast(event => event.kind === 'finished' || event.kind === 'lost')),
  }
}

const isBlocked = (event: SiteEvent) => event.kind === 'blocked'
