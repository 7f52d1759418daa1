/**
 * What the run can do with any server, whatever its kind, and what a server is made from. Types only.
 */
import type { Random } from '../core/random.ts'
import type { TraceSink } from '../core/trace.ts'
import type { ImageStore } from '../nbs/images.ts'
import type { VirtualHost } from '../network/virtual/host.ts'
import type { NotificationServer } from '../deployment/notification-server.ts'
import type { Range } from '../document/quantities.ts'
import type { Images, Scenario, ServiceName } from '../scenario/model.ts'
import type { SiteRun } from './site/site-run.ts'

export interface RunningServer {
  readonly name: string
  /** Starts every service that its scenario has on. */
  start(): void
  /** Stops all services; the host stays on the wire. */
  stop(): void
  startService(service: ServiceName): void
  stopService(service: ServiceName): void
  setResponseDelay(range: Range): void
}

export type NotificationServers = ReadonlyMap<string, NotificationServer>

/** What an adapter gets to make a server from. */
export interface Workshop {
  readonly scenario: Scenario
  readonly host: VirtualHost
  /** This server's own stream. */
  readonly random: Random
  readonly trace: TraceSink
  readonly imagesOf: (images: Images | undefined) => ImageStore
  readonly notificationServers: NotificationServers
  readonly site: SiteRun | undefined
}
