/**
 * A scenario as it was checked: plain, immutable values, every reference known to exist, every default filled in.
 * `load.ts` makes it from a file; the runner builds a network from it. Types only; draws no random number: a range
 * stays a range until the run draws from it.
 */
import type { Unwanted } from '../analysis/unwanted.ts'
import type { Cidr, Ip4, Mac } from '../core/address.ts'
import type { BootMethod } from '../core/boot-option.ts'
import type { Micros } from '../core/micros.ts'
import type { Policy } from '../deployment/notification-server.ts'
import type { LinkRules } from '../network/virtual/link.ts'
import type { SwitchRules } from '../network/virtual/switch.ts'
import type { Server } from '../servers/kind.ts'
import type { ServerKinds } from '../servers/kind-list.ts'
import type { Site } from './site/model.ts'
import type { Range } from '../document/quantities.ts'

export interface Scenario {
  /** As it was named by the caller: for messages and for paths relative to it. */
  readonly file: string
  readonly title: string
  readonly teaches: string | undefined
  readonly steps: readonly Step[]
  readonly seed: number
  /** Virtual time after which a machine still trying counts as `pending`. */
  readonly limit: Micros
  readonly subnets: readonly Subnet[]
  readonly routers: readonly Router[]
  readonly notificationServers: readonly NotificationServer[]
  readonly servers: readonly Server[]
  /** All that `servers` may be. */
  readonly kinds: ServerKinds
  readonly clients: readonly ClientGroup[]
  /** Undefined: only servers and machines, and no job. */
  readonly site?: Site | undefined
  /** In order of time; those of the same time in order of the file. */
  readonly faults: readonly Fault[]
  readonly expect: Expectations
}

/** A sentence of a guided tour; shown when its time comes, or at the start. */
/** A sentence of the tour. Its moment is a time, or the first time that something happens to its machine. */
export interface Step {
  readonly text: string
  readonly client: string | undefined
  readonly when: StepMoment
}

export type StepMoment =
  | { readonly kind: 'at'; readonly at: Micros }
  | { readonly kind: 'choice'; readonly client: string; readonly rule: string }
  | { readonly kind: 'screen'; readonly client: string; readonly text: string }

export interface Subnet {
  readonly name: string
  readonly cidr: Cidr
  readonly link: LinkRules
  readonly switch?: SwitchRules | undefined
}

export interface Router {
  readonly name: string
  readonly joins: readonly { readonly subnet: string; readonly address: Ip4 }[]
  /** Helper addresses, per subnet on which the router hears DHCP broadcasts. */
  readonly relay: readonly { readonly subnet: string; readonly to: readonly RelayTarget[] }[]
  /** Adds relay agent information (option 82) (82) with the subnet's name as circuit id. */
  readonly option82: boolean
  /** It knows the hosts beside it from the start, and they know it. */
  readonly knowsNeighbours: boolean
}

export interface RelayTarget {
  readonly address: Ip4
  /** The server that has the address; undefined where nobody has it, as after a server was retired. */
  readonly server: string | undefined
}

export interface NotificationServer extends Policy {
  readonly name: string
  /** Until it answers. */
  readonly delay: Range
  readonly unreachable: boolean
}

// Machines.

export interface ClientGroup {
  readonly name: string
  readonly on: string
  readonly firmware: string
  /** Undefined: the firmware's first. */
  readonly profile: string | undefined
  /** Name of an IANA architecture. */
  readonly arch: string
  /** Boot options in their order; undefined: the firmware's usual one. */
  readonly boot: readonly BootMethod[] | undefined
  readonly powerOn: Range
  readonly link: LinkRules | undefined
  /** Real firmware of this kind in a virtual machine; undefined: the model. */
  readonly guest: string | undefined
  /** `<group>-1` … `<group>-<count>`. */
  readonly members: readonly Client[]
}

export interface Client {
  readonly name: string
  readonly mac: Mac
  /** SMBIOS UUID as written in the file; undefined: derived from the MAC by whoever builds the machine. */
  readonly uuid: string | undefined
}

// What happens during the run.

export type Fault = { readonly at: Micros } & (
  | { readonly kind: 'stop' | 'start'; readonly server: string; readonly service: string | undefined }
  | { readonly kind: 'cut' | 'heal'; readonly target: LinkTarget }
  | { readonly kind: 'setLink'; readonly target: LinkTarget; readonly rules: Partial<LinkRules> }
  | {
      readonly kind: 'setNotificationServer'
      readonly notificationServer: string
      readonly unreachable: boolean | undefined
      readonly delay: Range | undefined
    }
  | { readonly kind: 'setResponseDelay'; readonly server: string; readonly responseDelay: Range }
)

/** The segment itself, or the cable of hosts. `hosts` are host names: a server, a router, a client or a whole group. */
export type LinkTarget =
  | { readonly kind: 'subnet'; readonly subnet: string }
  | { readonly kind: 'hosts'; readonly hosts: readonly string[] }

// What the run is expected to show.

export interface Expectations {
  readonly findings: readonly string[]
  readonly noFindings: Unwanted
  readonly outcomes: readonly OutcomeExpectation[]
}

export interface OutcomeExpectation {
  /** A group, or one machine of it. */
  readonly clients: string
  readonly members: readonly string[]
  readonly booted: Range | undefined
  readonly localDisk: Range | undefined
  readonly failed: Range | undefined
  readonly pending: Range | undefined
  /** No machine took boot information from a server that is not named here. */
  readonly from: readonly string[] | undefined
  /** File of every machine that booted; `*` matches any run of characters. */
  readonly file: string | undefined
  /** Code on the screen of every machine that did not boot. */
  readonly code: string | undefined
  /** From power-on to the end of every machine, at most. */
  readonly within?: Micros | undefined
  /** Of a site: how many machines' jobs came to which end. */
  readonly jobs?: Readonly<Partial<Record<JobState, Range>>> | undefined
}

/**
 * `lost`: the machine was sent past its job, which stays pending on the console. `stopped`: a step could not be done.
 * `pending`: still under way.
 */
export const JOB_STATES = ['done', 'lost', 'stopped', 'pending'] as const
export type JobState = (typeof JOB_STATES)[number]
