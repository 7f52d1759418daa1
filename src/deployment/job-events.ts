/**
 * What happens around the jobs of a site, as values in order of time: results, findings and the story of a machine
 * are made from them. Does not make them happen.
 */
import type { Mac } from '../core/address.ts'
import { type Micros, formatSpan } from '../core/micros.ts'
import type { Outcome } from '../core/outcome.ts'
import { type EventProjection, type TraceEvent, type TraceSink, serviceEvent } from '../core/trace.ts'
import { type Decision, describeDecision } from '../protocol/pxe/decision.ts'
import type { PlugIn, Step } from './plug-ins.ts'
import { TASK_TITLES, type TaskKind } from './tasks.ts'

/** Why a job stops at a step. */
export interface Cause {
  /** The machine at which the fault lies. */
  readonly machine: string
  readonly text: string
  readonly plugIn?: PlugIn
  readonly rule?: string
  /** Image or package that is not there, and when it comes (Infinity: never). */
  readonly image?: string
  readonly arrives?: Micros
}

export type SystemName = 'production' | 'automation'

/** An NBS that works from a copy of the policy: when it was taken, and when the next one is. */
export interface PolicyAge {
  readonly taken: Micros
  readonly next: Micros
}

export interface BootFacts {
  /** Which boot of the machine, from 1. */
  readonly boot: number
  readonly outcome: Outcome
  readonly code: string | undefined
  /** Server whose boot information was taken: by name, or by address. */
  readonly pxeServer: string | undefined
}

type Fact =
  | { readonly kind: 'ordered'; readonly job: string; readonly by: string }
  | { readonly kind: 'tickled'; readonly by: string; readonly whom: string }
  | { readonly kind: 'handed'; readonly job: string; readonly task: TaskKind; readonly by: string }
  | { readonly kind: 'restarting'; readonly task: TaskKind | undefined }
  | {
      readonly kind: 'answered'
      readonly by: string
      readonly decision: Decision
      /** What its Notification Server would say now, where it works from a copy. */
      readonly copy: (PolicyAge & { readonly now: Decision | 'refused' }) | undefined
    }
  | ({ readonly kind: 'boot' } & BootFacts)
  | {
      readonly kind: 'preboot'
      readonly image: string
      readonly from: string
      readonly problem: string | undefined
    }
  | { readonly kind: 'up'; readonly system: SystemName }
  | { readonly kind: 'registered'; readonly with: string; readonly system: SystemName }
  | { readonly kind: 'menu'; readonly job: string | undefined; readonly by: string }
  | {
      readonly kind: 'package'
      readonly package: string
      readonly from: string
      readonly verb: 'fetched' | 'stored'
    }
  | {
      readonly kind: 'task'
      readonly job: string
      readonly task: TaskKind
      readonly failed: string | undefined
    }
  | { readonly kind: 'blocked'; readonly step: Step; readonly cause: Cause }
  | {
      readonly kind: 'lost'
      readonly job: string
      readonly task: TaskKind
      /** The server whose answer lost it; undefined: nobody's. */
      readonly by: string | undefined
      readonly why: string
    }
  | { readonly kind: 'finished'; readonly job: string }

export type SiteFact = Fact
export type SiteEvent = { readonly at: Micros; readonly mac: Mac } & Fact

export type Tell = (event: SiteEvent) => void

/** Keeps the events, puts them into the trace, and tells whoever listens. */
export class Journal {
  readonly events: SiteEvent[] = []
  readonly listeners: Tell[] = []
  readonly #nameOf: (mac: Mac) => string
  readonly #trace: TraceSink

  constructor(nameOf: (mac: Mac) => string, trace: TraceSink) {
    this.#nameOf = nameOf
    this.#trace = trace
  }

  readonly add: Tell = event => {
    this.events.push(event)
    if (this.#trace.enabled) this.#trace.add(this.#traced(event))
    for (const listener of this.listeners) listener(event)
  }

  #traced(event: SiteEvent): TraceEvent {
    const machine = this.#nameOf(event.mac)
    return serviceEvent(event.at, hostOf(event) ?? machine, SITE_EVENTS, { ...event, machine })
  }
}

/** A site knows its computers by name, whoever reads. */
export const SITE_EVENTS: EventProjection<SiteEvent & { readonly machine: string }> = {
  service: 'site',
  facts: ({ kind, mac }) => ({ type: kind, client: mac }),
  describe: event => describeSiteEvent(event, event.machine),
}

const hostOf = (event: SiteEvent): string | undefined => ('by' in event ? event.by : undefined)

/** One line, of which the host is the subject where the event names one. */
export const describeSiteEvent = (event: SiteEvent, machine: string): string => {
  switch (event.kind) {
    case 'ordered':
      return `job ${event.job} is ordered for ${machine}`
    case 'tickled':
      return `tickles ${event.whom}`
    case 'handed':
      return `hands "${TASK_TITLES[event.task]}" of job ${event.job} to ${machine}`
    case 'restarting':
      return `${machine} restarts${event.task === undefined ? '' : ` for "${TASK_TITLES[event.task]}"`}`
    case 'answered':
      return `tells ${machine}: ${describeDecision(event.decision)}${ageText(event.at, event.copy)}`
    case 'boot':
      return `boot ${event.boot} of ${machine}: ${outcomeText(event)}`
    case 'preboot':
      return event.problem === undefined
        ? `${machine} has loaded the preboot image ${event.image} from ${event.from}`
        : `${machine} cannot load the preboot image ${event.image} from ${event.from}: ${event.problem}`
    case 'up':
      return `${machine} runs its ${event.system} system`
    case 'registered':
      return `${machine} is registered with ${event.with}, in ${event.system}`
    case 'menu':
      return `shows ${machine} the Initial Deployment menu; ${event.job === undefined ? 'there is no default job' : `its default is ${event.job}`}`
    case 'package':
      return `${machine} has ${event.verb} ${event.package} ${event.verb === 'fetched' ? 'from' : 'on'} ${event.from}`
    case 'task':
      return `"${TASK_TITLES[event.task]}" of job ${event.job} on ${machine} ${event.failed === undefined ? 'is done' : `failed: ${event.failed}`}`
    case 'blocked':
      return `${machine} stops at step "${event.step}": ${event.cause.text}`
    case 'lost':
      return `job ${event.job} is lost for ${machine}: ${event.why}`
    case 'finished':
      return `job ${event.job} is done on ${machine}`
  }
}

const ageText = (at: Micros, copy: PolicyAge | undefined): string =>
  copy === undefined ? '' : ` (by a policy that is ${formatSpan(at - copy.taken)} old)`

const outcomeText = ({ outcome, code, pxeServer }: BootFacts): string => {
  const by = pxeServer === undefined ? '' : `, as ${pxeServer} said`
  switch (outcome) {
    case 'booted':
      return `from the network${by}`
    case 'localDisk':
      return `from its disk${by}${code === undefined ? '' : ` (${code})`}`
    case 'failed':
      return `network boot failed${code === undefined ? '' : ` (${code})`}`
    case 'pending':
      return 'still under way'
  }
}
