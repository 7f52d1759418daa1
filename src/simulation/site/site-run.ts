/**
 * The site of one run: its journal, a job book for each Notification Server, and what servers and machines need of
 * it. Does not put anything on the network: `site-hosts.ts` does.
 */
import { type Ip4, type Mac, ANY_IP4, ip4Number } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'
import type { TraceSink } from '../../core/trace.ts'
import { type ImageStore, withoutImages } from '../../nbs/images.ts'
import type { NbsObserver } from '../../nbs/service.ts'
import type { Clock } from '../../network/port.ts'
import type { Decision, DecisionSource } from '../../protocol/pxe/decision.ts'
import { JobStore } from '../../deployment/job-store.ts'
import { Journal } from '../../deployment/job-events.ts'
import type { NotificationServer } from '../../deployment/notification-server.ts'
import { CachedPolicy } from '../../deployment/cached-policy.ts'
import { hasPlugIn } from '../../deployment/plug-ins.ts'
import { draw } from '../../document/draw.ts'
import type { Scenario } from '../../scenario/model.ts'
import type { Site, SiteComputer, SiteServer } from '../../scenario/site/model.ts'
import type { SiteOfServers } from '../../servers/kind.ts'
import { serverNames } from '../server-names.ts'
import { Progress } from './progress.ts'

export interface Answered {
  readonly nbs: SiteServer
  readonly decision: Decision
}

export class SiteRun implements SiteOfServers {
  readonly site: Site
  readonly scenario: Scenario
  readonly clock: Clock
  readonly random: Random
  readonly journal: Journal
  readonly progress: Progress
  readonly nameOf: (ip: Ip4) => string
  readonly #books = new Map<string, JobStore>()
  readonly #computers: ReadonlyMap<Mac, SiteComputer>
  /** What each NBS told each machine last. */
  readonly #answers = new Map<string, Answered>()

  constructor(scenario: Scenario, site: Site, clock: Clock, random: Random, trace: TraceSink) {
    this.site = site
    this.scenario = scenario
    this.clock = clock
    this.random = random
    this.nameOf = serverNames(scenario)
    // A part of a scenario (one machine of it) has the site of the whole.
    const present = new Set(scenario.clients.flatMap(({ members }) => members.map(({ name }) => name)))
    this.#computers = new Map(
      site.computers.filter(({ name }) => present.has(name)).map(computer => [computer.mac, computer]),
    )
    this.journal = new Journal(mac => this.#computers.get(mac)?.name ?? String(mac), trace)
    for (const { name } of site.notificationServers) this.#books.set(name, this.#newBook(name))
    this.progress = new Progress(site, this.computers(), clock, mac => this.bookOf(mac)?.current(mac))
    this.journal.listeners.push(
      event => this.bookOf(event.mac)?.hear(event),
      event => this.progress.changed(event.mac),
      event => void (event.kind === 'ordered' && this.progress.ordered(event.mac)),
    )
  }

  #newBook(name: string): JobStore {
    const { preboot, importAsManaged } = this.site
    const computers = this.computers().filter(({ notificationServer }) => notificationServer === name)
    return new JobStore({ computers, preboot, importAsManaged, tell: this.journal.add })
  }

  computers(): readonly SiteComputer[] {
    return [...this.#computers.values()]
  }

  computer(mac: Mac): SiteComputer | undefined {
    return this.#computers.get(mac)
  }

  book(notificationServer: string): JobStore | undefined {
    return this.#books.get(notificationServer)
  }

  /** Of the Notification Server whose client the machine is. */
  bookOf(mac: Mac): JobStore | undefined {
    return this.#books.get(this.#computers.get(mac)?.notificationServer ?? '')
  }

  siteServer(name: string): SiteServer | undefined {
    return this.site.siteServers.find(server => server.name === name)
  }

  // What an NBS needs.

  /** Undefined: it asks its Notification Server about each machine. */
  decisionsFor(server: string, live: NotificationServer | undefined): DecisionSource | undefined {
    const at = this.siteServer(server)
    const book = at && this.#books.get(at.notificationServer)
    if (!at || !live || !book || at.policy.apply === 'immediately') return undefined
    const copy = new CachedPolicy()
    const { every, first } = at.policy
    const macs = this.computers().map(({ mac }) => mac)
    const fetch = (next: Micros): void =>
      copy.fetch({ policy: live.policy, knowledge: book, macs }, { taken: this.clock.now(), next })
    const refresh = (at: Micros): void =>
      void this.clock.setTimer(at, () => {
        if (!live.unreachable) fetch(at + every)
        refresh(at + every)
      })
    const start = draw(first, this.random.fork(`policy ${server}`))
    fetch(start)
    refresh(start)
    return copy
  }

  observerFor(
    server: string,
    live: NotificationServer | undefined,
    source: DecisionSource,
  ): NbsObserver | undefined {
    const nbs = this.siteServer(server)
    if (!nbs) return undefined
    return {
      tftp: () => {},
      pxe: event => {
        if (event.kind !== 'answered' || !this.#computers.has(event.mac)) return
        const { mac, decision, architecture } = event
        this.#answers.set(answerKey(nbs.address, mac), { nbs, decision })
        const now = live?.decide({ mac, uuid: undefined, architecture, giaddr: ANY_IP4 })
        const copy = source instanceof CachedPolicy && now !== undefined ? { ...source.age, now } : undefined
        this.journal.add({ kind: 'answered', at: this.clock.now(), mac, by: nbs.name, decision, copy })
      },
    }
  }

  /** What the NBS at this address told the machine last. */
  answerOf(address: Ip4 | undefined, mac: Mac): Answered | undefined {
    return address === undefined ? undefined : this.#answers.get(answerKey(address, mac))
  }

  /** Preboot images come with the distribution, and none is there before BDC, which makes them (KB281045). */
  imagesFor(name: string, store: ImageStore): ImageStore {
    const server = this.siteServer(name)
    if (!server || server.arrives.size === 0) return store
    const hidden = [...server.arrives].map(([image, arrives]) => ({
      arrives,
      without: withoutImages(store, [image === 'bdc' ? 'Images' : `Images/${image}`]),
    }))
    return {
      list: () => store.list(),
      open: raw => {
        const missing = hidden.find(
          ({ arrives, without }) => arrives > this.clock.now() && refuses(without, raw),
        )
        return (missing?.without ?? store).open(raw)
      },
    }
  }

  /** When the NBS plug-in is on the server; Infinity: never. */
  nbsStartsAt(name: string): Micros {
    const plugIns = this.siteServer(name)?.plugIns
    if (!plugIns || hasPlugIn(plugIns, 'deployment-nbs-plug-in', 0)) return 0
    return Math.max(plugIns.get('deployment-nbs-plug-in') ?? 0, plugIns.get('symantec-management-agent') ?? 0)
  }
}

const answerKey = (address: Ip4, mac: Mac): string => `${ip4Number(address)} ${mac}`
const refuses = (store: ImageStore, raw: string): boolean => 'code' in store.open(raw)
