/**
 * The facts of a site's findings, by rule, as results have them. Times are seconds since the start of the run.
 */
import type { SystemName } from '../../../deployment/job-events.ts'
import type { PlugIn, Step } from '../../../deployment/plug-ins.ts'
import type { TaskKind } from '../../../deployment/tasks.ts'
import type { BootKind, Decision } from '../../../protocol/pxe/decision.ts'

/** One event on a job's way to where it was lost. */
export type JobStep = { readonly seconds: number } & (
  | { readonly event: 'ordered'; readonly by: string }
  | { readonly event: 'tickled'; readonly by: string }
  | { readonly event: 'handed'; readonly by: string; readonly task: TaskKind }
  | { readonly event: 'restarting' }
  | { readonly event: 'answered'; readonly by: string; readonly decision: PlainDecision }
  | { readonly event: 'boot'; readonly outcome: string; readonly followed: string | null }
  | { readonly event: 'registered'; readonly system: SystemName }
)

export type PlainDecision = Pick<Decision, 'boot' | 'client' | 'image' | 'arch' | 'jobRunning'>

export type LostJob = {
  readonly job: string
  /** Machines that lost it to the same server. */
  readonly affected: number
  readonly why: string
  /** The server whose answer lost it; absent: nobody's. */
  readonly by?: string
  /** Its Notification Server, where that is not the machine's. */
  readonly asks?: string
  /** The story of the first of the machines. */
  readonly machine: string
  readonly steps: readonly JobStep[]
  /** Another job of the machine that is open now. */
  readonly beside?: string
}

export type PluginMissing = {
  readonly machine: string
  readonly plugIn: PlugIn
  /** Row of the table of plug-ins: `PL-7`. */
  readonly requirement: string
  readonly fault: string
  readonly step: Step
  readonly affected: number
  /** More machines of the job that lack it themselves. */
  readonly others: number
}

export type ImageNotHere = {
  readonly image: string
  readonly server: string
  readonly affected: number
  readonly step: Step
  /** Absent: it is not on its way. */
  readonly arrives?: { readonly seconds: number; readonly lateSeconds: number }
}

export type PolicyLag = {
  readonly server: string
  readonly affected: number
  readonly seconds: number
  readonly said: BootKind
  readonly policy: { readonly takenSeconds: number; readonly nextSeconds: number }
  /** What its Notification Server would have said. */
  readonly current: 'refused' | { readonly boot: BootKind; readonly image: string }
}

export type ServerNotRegistered = {
  readonly server: string
  readonly notificationServer: string
  readonly affected: number
} & ({ readonly kind: 'answers'; readonly belongsTo?: string } | { readonly kind: 'listedOnly' })

export type DeploymentDetails = {
  readonly 'job-lost': LostJob
  readonly 'plugin-missing': PluginMissing
  readonly 'image-not-here': ImageNotHere
  readonly 'policy-lag': PolicyLag
  readonly 'server-not-registered': ServerNotRegistered
}
