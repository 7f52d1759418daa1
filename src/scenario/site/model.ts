/**
 * The site around the Network Boot Services, as it was checked. Types only; draws no random number.
 */
import type { Ip4, Mac } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { LinkRules } from '../../network/virtual/link.ts'
import type { PlugInTimes } from '../../deployment/plug-ins.ts'
import type { TaskKind, TaskServerChoice } from '../../deployment/tasks.ts'
import type { Range } from '../../document/quantities.ts'
import type { ComputerClass } from '../../protocol/pxe/decision.ts'

export interface Site {
  readonly notificationServers: readonly SiteNotificationServer[]
  readonly siteServers: readonly SiteServer[]
  /** Every machine of the scenario. */
  readonly computers: readonly SiteComputer[]
  readonly taskServers: { readonly choose: TaskServerChoice; readonly poll: Micros }
  /** Preboot image of automation. */
  readonly preboot: string
  readonly images: readonly { readonly name: string; readonly size: number }[]
  readonly distribution: Micros
  readonly importAsManaged: boolean
  readonly initialDeployment: { readonly wait: Micros; readonly job: string | undefined }
  readonly times: SystemTimes
  /** In order of the file. */
  readonly jobs: readonly Job[]
}

export interface SystemTimes {
  readonly production: Range
  readonly automation: Range
  readonly sysprep: Range
  readonly restart: Range
}

export interface SiteHost {
  readonly name: string
  readonly on: string
  readonly address: Ip4
  readonly gateway: Ip4 | undefined
  readonly link: LinkRules | undefined
  readonly plugIns: PlugInTimes
  /** Where the plug-ins it lacks are written, or would be: a path in the file. */
  readonly path: readonly (string | number)[]
}

export type SiteNotificationServer = SiteHost

export interface SiteServer extends SiteHost {
  /** Undefined: a machine of its own, without an NBS. */
  readonly nbs: string | undefined
  readonly notificationServer: string
  readonly services: readonly ('task' | 'package')[]
  readonly policy: PolicySchedule
  /** Images, preboot images and packages that come later. */
  readonly arrives: ReadonlyMap<string, Micros>
  readonly registered: boolean
  readonly capacity: number
  /** Bytes per second. */
  readonly bandwidth: number
}

export interface PolicySchedule {
  readonly apply: 'immediately' | 'on-schedule'
  readonly every: Micros
  readonly first: Range
}

export interface SiteComputer {
  readonly name: string
  readonly mac: Mac
  readonly subnet: string
  readonly class: ComputerClass
  readonly notificationServer: string
  readonly plugIns: PlugInTimes
  readonly path: readonly (string | number)[]
}

export interface Job {
  readonly name: string
  /** Undefined: only from the Initial Deployment menu. */
  readonly at: Micros | undefined
  readonly task: TaskKind
  readonly image: string | undefined
  readonly preboot: string
  /** Machines by name, in order. */
  readonly computers: readonly string[]
  readonly notificationServer: string
}
