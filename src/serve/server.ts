/**
 * `nbs serve` as an object: starts stations on interfaces, decides or has decided, reloads without dropping
 * transfers, stops within a bounded time. Does not read command lines or files, and leaves signals to its owner.
 */
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import { formatIp4 } from '../core/address.ts'
import type { Answer, DecisionSource, Question } from '../nbs/decision.ts'
import type { BsdpSetup } from '../nbs/bsdp.ts'
import type { ImageDirectory } from '../nbs/image-directory.ts'
import { type AddressedInterface, createKernelNetwork } from '../network/kernel/network.ts'
import { type Policy, decide } from '../deployment/notification-server.ts'
import { MemoryRecords } from '../protocol/bsdp/records.ts'
import type { BsdpRecords } from '../protocol/bsdp/records.ts'
import { type BsdpRecordFile, openBsdpRecords } from './bsdp-records.ts'
import { UsageError } from '../core/exit.ts'
import { type ServeConfig, policyOf } from './config.ts'
import { HttpDecisions } from './http-decisions.ts'
import { type HttpService, httpApplication, startHttp } from './http.ts'
import { ServedImages } from './image-store.ts'
import { Metrics } from './metrics.ts'
import { lookForResponders } from './other-servers.ts'
import type { Responder } from './other-servers.ts'
import { Station } from './interface-services.ts'
import { scopeOf, reporterOf } from './reporter.ts'
import { named, poolUse, stationNews } from './station-news.ts'
import { Stations, type WantedInterface } from './stations.ts'

export interface ServerOptions {
  readonly config: ServeConfig
  readonly interfaces: readonly WantedInterface[]
  readonly portOffset: number
  readonly images: ImageDirectory
  readonly log: Logger
  /** Opens files as whoever this process will be. */
  readonly as?: (<T>(act: () => T) => T) | undefined
}

/** Machines that were offered a file and never came are looked for this often. */
const SWEEP_MILLIS = 10_000
/** How often it looks whether interfaces have come, gone or changed. */
const LOOK_MILLIS = 1_000
/** While it stops: how often it looks whether transfers still run. */
const DRAIN_LOOK_MILLIS = 50

export class Server {
  readonly metrics = new Metrics()
  /** Resolves when it serves an interface: at the start, or when one comes. */
  readonly someServed: Promise<void>
  readonly #options: ServerOptions
  readonly #network: ReturnType<typeof createKernelNetwork>
  readonly #served: ServedImages
  readonly #stations: Stations<Station>
  readonly #reporter: ReturnType<typeof reporterOf>
  #decisions: DecisionSource
  #http: HttpService | undefined
  #recordFile: BsdpRecordFile | undefined
  #records: BsdpRecords | undefined
  #sweeping: NodeJS.Timeout | undefined
  #looking: NodeJS.Timeout | undefined
  /** Changes of stations, one after the other. */
  #changes = Promise.resolve()
  #config: ServeConfig
  #listening = false
  #onSomeServed = (): void => {}

  constructor(options: ServerOptions) {
    this.#options = options
    this.#config = options.config
    this.someServed = new Promise(resolve => (this.#onSomeServed = resolve))
    this.#stations = new Stations(options.interfaces, iface => this.#stationOn(iface), {
      ...stationNews(options.log),
      serving: iface => this.#hasCome(iface),
    })
    this.#network = createKernelNetwork({ portOffset: options.portOffset })
    this.#served = new ServedImages(options.images)
    this.#reporter = reporterOf(options.log, this.metrics, this.#served, () => performance.now())
    this.#decisions = this.#decisionsFor(options.config)
    this.metrics.gauge('nbs_up', '1 while it answers on every interface that is wanted', () =>
      this.isWhole ? 1 : 0,
    )
    const { accelerated } = this.#network
    this.metrics.gauges(
      'nbs_udp_accelerated',
      '1 if UDP goes by the C library, 0 by node:dgram',
      ['by'],
      () => [[{ by: accelerated?.kind ?? 'dgram' }, accelerated ? 1 : 0]],
    )
    if (accelerated) {
      this.metrics.gauge('nbs_udp_datagrams', 'UDP datagrams sent', () => accelerated.datagrams)
      this.metrics.gauge('nbs_udp_send_calls', 'Calls they took', () => accelerated.calls)
    }
    this.metrics.gauges(
      'nbs_dhcp_addresses',
      'Addresses of the pool of --dhcp, by what they are',
      ['state'],
      () =>
        Object.entries(poolUse(this.#stations.all.flatMap(({ pools }) => pools))).map(([state, count]) => [
          { state },
          count,
        ]),
    )
    this.metrics.gauge('nbs_resident_bytes', 'Memory of the process', () => process.memoryUsage.rss())
  }

  /** What is served now. */
  get images(): ImageDirectory {
    return this.#served.images
  }

  get transfers(): number {
    return this.#served.transfers
  }

  /** It answers on every interface that is wanted. */
  get isWhole(): boolean {
    return this.#listening && this.#stations.missing.length === 0
  }

  get served(): readonly AddressedInterface[] {
    return this.#stations.served
  }

  /** Other servers that answer on these networks. Rejects with NetworkError. */
  async look(): Promise<readonly Responder[]> {
    const { portOffset } = this.#options
    const interfaces = this.#options.interfaces.flatMap(({ now }) => now() ?? [])
    const { random } = this.#network.addHost({ name: 'look', interfaces: [] })
    const found = await Promise.all(
      interfaces.map(iface => lookForResponders({ iface, portOffset, random: random.fork(iface.name) })),
    )
    return found.flat()
  }

  /** Resolves when every port of the interfaces that are there is open. Rejects with NetworkError or UsageError, and then has closed what it opened. */
  async start(): Promise<void> {
    const { config } = this.#options
    try {
      await this.#stations.start()
      if (config.http) this.#http = await startHttp(config.http, this.#pages())
    } catch (error) {
      this.close()
      throw error
    }
    this.#listening = true
    this.#sweeping = setInterval(() => this.#reporter.sweep(), SWEEP_MILLIS)
    this.#looking = setInterval(() => void this.lookAtInterfaces(), LOOK_MILLIS)
  }

  /** Serves what has come, at the address it has now. Does not reject. */
  lookAtInterfaces(): Promise<void> {
    return this.#changing(() => this.#stations.look())
  }

  /** What cannot change while it runs stays as it was; returns the names of such settings that differ. */
  async reload(config: ServeConfig, images: ImageDirectory): Promise<readonly string[]> {
    this.#served.replace(images)
    this.#decisions = this.#decisionsFor(config)
    this.#config = config
    await this.#changing(async () => {
      for (const station of this.#stations.all) await station.reload(config)
    })
    const old = this.#options.config
    return (['name', 'interfaces', 'bsdp', 'tftp', 'dhcp', 'http', 'user', 'logLevel'] as const).filter(
      key => JSON.stringify(old[key]) !== JSON.stringify(config[key]),
    )
  }

  /** No new boots; resolves when the running transfers have ended or the time is over, with how many were cut off. */
  async stop(withinMillis: number): Promise<number> {
    this.#listening = false
    clearInterval(this.#looking)
    for (const station of this.#stations.all) station.stopAnswering()
    const end = performance.now() + withinMillis
    while (this.transfers > 0 && performance.now() < end)
      await new Promise(resolve => setTimeout(resolve, DRAIN_LOOK_MILLIS))
    const cutOff = this.transfers
    this.close()
    return cutOff
  }

  close(): void {
    this.#listening = false
    clearInterval(this.#sweeping)
    clearInterval(this.#looking)
    this.#stations.stop()
    this.#http?.stop()
    this.#network.close()
    this.#served.images.close()
    this.#recordFile?.close()
    this.#recordFile = undefined
  }

  #hasCome(iface: AddressedInterface): void {
    this.#onSomeServed()
    // What is there at the start is told with all that it serves.
    if (this.#listening) this.#options.log.info(named(iface), `serves ${iface.name}`)
  }

  #changing(change: () => Promise<void>): Promise<void> {
    const done = this.#changes.then(change)
    this.#changes = done.catch(() => {})
    return done
  }

  #stationOn(iface: AddressedInterface): Station {
    const host = this.#network.addHost({ name: iface.name, interfaces: [iface] })
    return new Station(host, iface, this.#config, this.#partsFor(iface))
  }

  #partsFor(iface: AddressedInterface) {
    const told = this.#reporter
    const scope = scopeOf(iface)
    return {
      files: this.#served,
      decisions: {
        ask: (question: Question, reply: (answer: Answer) => void) => this.#decisions.ask(question, reply),
      },
      trace: told.trace,
      bsdp: (config: ServeConfig) => this.#bsdpSetup(config),
      look: told.boots.look.bind(told.boots),
      refused: told.refused,
      dhcp: told.dhcp,
      observe: {
        pxe: (event: Parameters<typeof told.pxe>[0]) => told.pxe(event),
        tftp: (event: Parameters<typeof told.tftp>[0]) => {
          this.#served.tftp(scope, event)
          told.tftp(event)
        },
      },
    }
  }

  /** The records are those of the start: a Mac stays bound through a reload. */
  #bsdpSetup(config: ServeConfig): BsdpSetup | undefined {
    const { images } = this.#served.netBoot
    if (images.length === 0) return undefined
    const { records: path, basePriority, accounts } = config.bsdp
    this.#records ??= path === undefined ? new MemoryRecords() : (this.#recordFile = this.#openRecords(path))
    return {
      images,
      records: this.#records,
      hostName: config.name,
      behavior: { priority: { base: basePriority, falls: true } },
      shadow: { accounts },
      observe: this.#reporter.bsdp,
    }
  }

  #openRecords(path: string): BsdpRecordFile {
    const { log, as = act => act() } = this.#options
    try {
      const file = as(() =>
        openBsdpRecords(path, why => log.error(`${path}: a binding is not on disk: ${why.message}`)),
      )
      if (file.damaged > 0) log.warn(`${path}: ${file.damaged} lines were damaged and left out`)
      return file
    } catch (error) {
      throw new UsageError(`bsdp.records: ${(error as Error).message}`)
    }
  }

  #decisionsFor(config: ServeConfig): DecisionSource {
    const policy = policyOf(config)
    const remote = config.notificationServer
    if (!remote) return { ask: (question, reply) => reply(decide(policy, question)) }
    const http = new HttpDecisions({
      url: remote.url,
      timeoutMillis: remote.timeout / 1000,
      retries: remote.retries,
      cacheMillis: remote.cache / 1000,
      keepMillis: remote.keep / 1000,
      onFailure: why => this.#reporter.decisionFailed(why),
    })
    return {
      ask: (question, reply) => http.ask(question, answer => reply(completed(answer, policy, config))),
    }
  }

  #pages(): Hono {
    const { config } = this.#options
    const app = httpApplication()
    app.get('/metrics', async context =>
      context.body(await this.metrics.text(), 200, { 'Content-Type': this.metrics.contentType }),
    )
    app.get('/healthz', context => {
      const serves = this.served.map(({ name, address }) => ({
        interface: name,
        address: formatIp4(address.ip),
      }))
      const ok = this.isWhole
      const waitsFor = this.#stations.missing
      const health = { ok, name: config.name, serves, waitsFor, transfers: this.transfers }
      return context.json(health, ok ? 200 : 503)
    })
    return app
  }
}

/** The vendor's answer has no prompt, and may have no image: those of the class count then. */
const completed = (answer: Answer, policy: Policy, config: ServeConfig): Answer => {
  if (typeof answer === 'string') return answer
  const own = answer.client === 'unknown' ? policy.unknown : config.classes[answer.client]
  return {
    ...answer,
    image: answer.image === '' && answer.boot !== 'production' ? (own?.image ?? '') : answer.image,
    ...(own?.prompt !== undefined && { prompt: own.prompt }),
  }
}
