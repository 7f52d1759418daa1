/**
 * The contract of a kind of server: one description has its fields, what they mean, what of it can fail, and what runs.
 * Loading, `lint`, faults, recordings and runs know servers by this alone; `kinds.ts` lists them. Does not know a kind.
 */
import { z } from 'zod'
import type { Ip4, Mac } from '../core/address.ts'
import type { Random } from '../core/random.ts'
import type { TraceSink } from '../core/trace.ts'
import type { NotificationServer } from '../deployment/notification-server.ts'
import type { Checker } from '../document/checker.ts'
import type { Path } from '../document/located.ts'
import type { AddressSpan } from '../document/parts.ts'
import type { Range } from '../document/quantities.ts'
import type { DecisionSource } from '../nbs/decision.ts'
import type { ImageStore } from '../nbs/images.ts'
import type { NbsObserver } from '../nbs/service.ts'
import type { DiskMachineProvider } from '../network/attach/disk-machine.ts'
import type { Jack } from '../network/attach/jack.ts'
import type { ProgramProvider } from '../network/attach/program/program.ts'
import type { Clock, Host } from '../network/port.ts'
import type { LinkRules } from '../network/virtual/link.ts'
import type { DhcpOption } from '../wire/dhcp/message.ts'
import type { ImageFile, Images } from './parts/files.ts'
import { type LinkForm, place } from './parts/place.ts'

// What is written.

/** Fields that every kind has, and the one by which all that lease addresses say which. */
export interface ServerForm {
  readonly kind: string
  readonly on: string
  /** 0.0.0.0, where a kind lets it be: nobody here knows it. */
  readonly address: Ip4
  readonly link?: LinkForm | undefined
  readonly pool?: readonly AddressSpan[] | undefined
}

/** Addresses to lease, and the field that says so. */
export interface WrittenSpan {
  readonly span: AddressSpan
  readonly path: Path
}

/** Told apart from other kinds by `kind`. */
export type ServerFormat<F extends ServerForm> = z.ZodType<F> & z.core.$ZodTypeDiscriminable

// What it means.

/** A server as it was checked: plain, immutable values. A kind adds its own. */
export interface Server {
  readonly kind: string
  readonly name: string
  /** Subnet. */
  readonly on: string
  /** 0.0.0.0 where the scenario does not know it. */
  readonly address: Ip4
  /** Of the host itself: its default router, if a router joins its subnet. */
  readonly gateway: Ip4 | undefined
  /** Weather of the host's own cable, on top of the subnet's. */
  readonly link: LinkRules | undefined
  /** What `pool` came to. */
  readonly pools: readonly Pool[]
  /** Of kinds that send files: where they are; undefined: those that nbs-lab ships. */
  readonly images?: Images | undefined
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

/** What a machine learns with a lease, besides address and net. */
export interface LeaseWords {
  readonly options: readonly DhcpOption[]
  readonly bootFile?: string | undefined
  readonly nextServer?: Ip4 | undefined
}

/** What `resolve` sees of the rest of the scenario, and where it complains. */
export interface ServerScope {
  /** Name, place and pools are found by whoever asks, for all kinds alike. */
  readonly server: Omit<Server, 'kind'>
  /** Paths are those of the server's own fields. */
  readonly check: Checker
  /** Complains if there is no Notification Server of that name. */
  readonly isNotificationServer: (name: string, path: Path) => boolean
  /** Whether a directory, as written in the file, is there. */
  readonly directoryExists: (directory: string) => boolean | 'outside'
  /** The same of a file. */
  readonly fileExists: (file: string) => boolean | 'outside'
}

// What runs.

/** What a run can do with any server. */
export interface RunningServer<Service extends string = string> {
  /**
   * Starts every service that its scenario has on. A promise is for what takes time or can fail outside this program;
   * without one the server is there when the call returns, and a virtual world goes on at once.
   */
  start(): Promise<void> | void
  /** Stops all services; the host stays on the wire. Resolves when nothing of it is left. */
  stop(): Promise<void> | void
  /** From now on the service is there, whatever the scenario said of it. */
  startService(service: Service): Promise<void> | void
  stopService(service: Service): Promise<void> | void
  /** Of kinds that wait before they answer. */
  setResponseDelay?(range: Range): void
}

/** What `build` gets to make a server from. */
export interface ServerContext {
  readonly host: Host
  /** This server's own stream. */
  readonly random: Random
  readonly trace: TraceSink
  /** Undefined: the images that nbs-lab ships. */
  readonly imagesOf: (images: Images | undefined) => ImageStore
  readonly notificationServers: ReadonlyMap<string, NotificationServer>
  /** Undefined: the scenario has no site. */
  readonly site: SiteOfServers | undefined
}

/** What `attach` gets: the server stands on its segment by a jack, and has no host in the virtual network. */
export interface AttachContext {
  readonly jack: Jack
  readonly clock: Clock
  readonly trace: TraceSink
  readonly imagesOf: ServerContext['imagesOf']
  readonly attachments: Attachments
  /** Of its subnet. */
  readonly prefixLength: number
}

/** Who starts what is outside of this program. */
export interface Attachments {
  readonly programs: ProgramProvider
  readonly machines: DiskMachineProvider
}

/** What the site of a run knows of the NBS on each of its servers. */
export interface SiteOfServers {
  /** Undefined: it asks its Notification Server about each machine. */
  decisionsFor(server: string, live: NotificationServer | undefined): DecisionSource | undefined
  observerFor(
    server: string,
    live: NotificationServer | undefined,
    source: DecisionSource,
  ): NbsObserver | undefined
  /** Images come to a server by and by. */
  imagesFor(server: string, store: ImageStore): ImageStore
}

// The description.

export interface ServerKind<
  F extends ServerForm = ServerForm,
  S extends Server = Server,
  Service extends string = string,
> {
  readonly kind: string
  readonly form: ServerFormat<F>
  /** What can be stopped and started by itself, besides the server as a whole. */
  readonly services: readonly Service[]
  /** It waits before it answers, and a fault can change how long. */
  readonly delaysAnswers?: boolean
  /** It lives by the wall clock: a scenario with such a server cannot run in virtual time. */
  readonly paced?: boolean
  resolve(form: F, scope: ServerScope): S
  /** A kind has this, or `attach`. */
  build?(server: S, context: ServerContext): RunningServer<Service>
  /** Of kinds that live outside of this program and have a network card of their own; they are `paced`. */
  attach?(server: S, context: AttachContext): RunningServer<Service>
  /** Of such a kind: the card's address. */
  cardOf?(server: S): Mac
  /** In a few words, for a picture of the network: whom an NBS asks, what a foreign server plays. */
  role(server: S): string
  /** Whether this one has the service. Default: every service of its kind. */
  hasService?(server: S, service: Service): boolean
  /** Further addresses of its host on the same subnet, by the field that names each. */
  otherAddresses?(written: F | S): Readonly<Record<string, Ip4 | undefined>>
  /** Where addresses to lease are written, if not in `pool` alone. */
  spans?(form: F): readonly WrittenSpan[]
  /**
   * Undefined: it leases no addresses, whatever pools it has. Default: it leases none. To whoever is like nobody in
   * particular, on this subnet.
   */
  leases?(server: S, subnet: string): LeaseWords | undefined
  /** It answers PXE clients. */
  answersPxe?(server: S): boolean
  /** With its leases it sends PXE clients to its port 4011, where nobody answers: the field that says so. */
  sendsToClosed4011?(server: S): Path | undefined
  /** The same server with every file it writes down itself changed. */
  withFiles?(server: S, change: (file: ImageFile) => ImageFile): S
}

/** Name and form of a kind: the fields of its own, besides those of every server. */
export const serverForm = <const K extends string, Shape extends z.ZodRawShape>(
  kind: K,
  title: string,
  fields: Shape,
) => ({ kind, form: z.strictObject({ kind: z.literal(kind).describe(title), ...place, ...fields }) })

/** Written as one span or as a list: complaints go where the text is. */
export const poolSpans = (pool: readonly AddressSpan[] = [], path: Path = ['pool']): WrittenSpan[] =>
  pool.map((span, index) => ({ span, path: pool.length === 1 ? path : [...path, index] }))

/** The description as it is; the types of its parts are found from its form and from what `resolve` returns. */
export const serverKind = <F extends ServerForm, S extends Server, const Service extends string>(
  description: ServerKind<F, S, Service>,
): ServerKind<F, S, Service> => description
