/**
 * A scenario as it was checked: plain, immutable values, every reference known to exist, every default filled in.
 * `load.ts` makes it from a file; the runner builds a network from it. Types only; draws no random number: a range
 * stays a range until the run draws from it.
 */
import type { Cidr, Ip4, Mac } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import type { LinkRules } from '../network/virtual/link.ts'
import type { DhcpOption } from '../wire/dhcp/message.ts'
import type { BsdpPart } from './model-bsdp.ts'
import type { ForeignServer } from './model-foreign.ts'
import type { Site } from './site/model.ts'
import type { MacPattern } from '../core/mac-pattern.ts'
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
}

export interface Router {
  readonly name: string
  readonly joins: readonly { readonly subnet: string; readonly address: Ip4 }[]
  /** Helper addresses, per subnet on which the router hears DHCP broadcasts. */
  readonly relay: readonly { readonly subnet: string; readonly to: readonly RelayTarget[] }[]
  /** Adds relay agent information (82) with the subnet's name as circuit id. */
  readonly option82: boolean
}

export interface RelayTarget {
  readonly address: Ip4
  /** The server that has the address; undefined where nobody has it, as after a server was retired. */
  readonly server: string | undefined
}

// What a Notification Server knows, and a policy snapshot taken from it.

export type ComputerClass = 'managed' | 'predefined' | 'unknown'
export type BootTarget = 'pxe' | 'automation' | 'production'
export type ImageArch = 'x86' | 'x64'

export interface Decision {
  /** False: the class (or the computer) is refused, and the NBS stays silent to it. */
  readonly allow: boolean
  readonly boot: BootTarget
  /** Undefined: the image the NBS takes by default. */
  readonly image: string | undefined
  readonly arch: ImageArch | undefined
  readonly jobRunning: boolean
  /** Seconds of prompt before the first menu entry; 0 none, 255 wait without limit. Undefined: the server's own. */
  readonly prompt: number | undefined
}

export interface Computer extends Decision {
  readonly mac: MacPattern
  readonly class: ComputerClass
}

export interface Policy {
  /** The first that matches counts. */
  readonly computers: readonly Computer[]
  /** For a machine that no entry matches. */
  readonly unknown: Decision
}

export interface NotificationServer extends Policy {
  readonly name: string
  /** Until it answers. */
  readonly delay: Range
  readonly unreachable: boolean
}

// Servers.

/** `closed`: the host says port unreachable; `silent`: a firewall swallows it; `off`: not running, thus closed too. */
export type ServiceState = 'on' | 'off' | 'closed' | 'silent'

export interface ServerBase {
  readonly name: string
  /** Subnet. */
  readonly on: string
  readonly address: Ip4
  /** Of the host itself: its default router, if a router joins its subnet. */
  readonly gateway: Ip4 | undefined
  /** Weather of the host's own cable, on top of the subnet's. */
  readonly link: LinkRules | undefined
  /** Before each answer to a DHCP message. */
  readonly responseDelay: Range
}

export interface Pool {
  /** The subnet whose machines it serves: the server's own, or one behind a relay. */
  readonly subnet: string
  readonly first: Ip4
  readonly last: Ip4
  /** Given to clients as option 1 and option 3. */
  readonly prefixLength: number
  readonly router: Ip4 | undefined
}

/** Where the files of a TFTP service come from. */
export type Images =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'files'; readonly files: readonly ImageFile[] }

/** Exactly one of `size` (filled with a pattern) and `text`. */
export type ImageFile =
  | { readonly name: string; readonly size: number }
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly bytes: Uint8Array }

export interface DhcpServer extends ServerBase {
  readonly kind: 'dhcp'
  readonly pools: readonly Pool[]
  /** In order of code; more than 255 bytes are to be split by the sender (RFC 3396). */
  readonly options: readonly DhcpOption[]
  /** Header field `file`. */
  readonly bootFile: string | undefined
  /** Header field `siaddr`; undefined: 0.0.0.0. */
  readonly nextServer: Ip4 | undefined
  readonly leaseTime: Micros
  readonly answers: 'normal' | 'offer-only' | 'nak'
  readonly engine: 'own' | 'npm-dhcp'
  readonly tftp: ServiceState
  readonly images: Images | undefined
}

export interface NbsServer extends ServerBase {
  readonly kind: 'nbs'
  /** Asked live; undefined only with a `stalePolicy`. */
  readonly notificationServer: string | undefined
  /** Used instead of asking: what the Notification Server said some time ago. */
  readonly stalePolicy: Policy | undefined
  readonly images: Images | undefined
  /** Globs over image file names that were not distributed to this server. */
  readonly without: readonly string[]
  readonly style: 'complete' | 'redirect' | 'menu' | 'legacy-quirk'
  readonly services: { readonly pxe: ServiceState; readonly bsdp: ServiceState; readonly tftp: ServiceState }
  readonly boot4011: 'alive' | 'dead'
  /** Undefined: everyone. */
  readonly allow: readonly MacPattern[] | undefined
  readonly deny: readonly MacPattern[]
  /** Answers only requests whose `secs` is at least this. */
  readonly minimumSecs: number
  /** Names of IANA architectures; undefined: all it has files for. */
  readonly arches: readonly string[] | undefined
  readonly menu: { readonly prompt: string; readonly timeout: number }
  readonly bootServerType: number
  /** Ways by which machines may discover boot servers (43.6, 43.7). */
  readonly discovery: { readonly broadcast: boolean; readonly multicast: Ip4 | undefined }
  readonly whenUnreachable: 'silent' | 'production' | 'unknown'
  /** Besides the NetBoot folders among the images. */
  readonly bsdp: BsdpPart | undefined
}

export type Server = DhcpServer | NbsServer | ForeignServer

// Machines.

export interface ClientGroup {
  readonly name: string
  readonly on: string
  readonly firmware: string
  /** Undefined: the firmware's first. */
  readonly profile: string | undefined
  /** Name of an IANA architecture. */
  readonly arch: string
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

/** `boot4011` is port 4011 alone; `dhcp` port 67 of a server that is no NBS. */
export const SERVICES = ['dhcp', 'pxe', 'boot4011', 'bsdp', 'tftp'] as const
export type ServiceName = (typeof SERVICES)[number]

export type Fault = { readonly at: Micros } & (
  | { readonly kind: 'stop' | 'start'; readonly server: string; readonly service: ServiceName | undefined }
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
  readonly noFindings: readonly string[]
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
  /** Of a site: how many machines' jobs came to which end. */
  readonly jobs?: Readonly<Partial<Record<JobState, Range>>> | undefined
}

/**
 * `lost`: the machine was sent past its job, which stays pending on the console. `stopped`: a step could not be done.
 * `pending`: still under way.
 */
export const JOB_STATES = ['done', 'lost', 'stopped', 'pending'] as const
export type JobState = (typeof JOB_STATES)[number]
