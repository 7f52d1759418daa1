/**
 * What the run can do with any server, whatever its kind. Types only.
 */
import type { NotificationServer } from '../site/notification-server.ts'
import type { Range } from './quantities.ts'
import type { ServiceName } from './model.ts'

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
