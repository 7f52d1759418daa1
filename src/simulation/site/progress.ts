/**
 * Whether anything of interest can still happen: a machine is settled when it only waits and no job of its can move.
 * The run ends when all are. Does not know what the machines do.
 */
import type { Mac } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { Clock } from '../../network/port.ts'
import type { JobRun } from '../../deployment/job-store.ts'
import type { Site, SiteComputer } from '../../scenario/site/model.ts'

export class Progress {
  readonly #clock: Clock
  readonly #current: (mac: Mac) => JobRun | undefined
  readonly #unsettled = new Set<Mac>()
  readonly #waiting = new Set<Mac>()
  /** Jobs that are still to be ordered. */
  readonly #ahead = new Map<Mac, number>()
  /** Until then a roll-out or a distribution may move what stands still. */
  readonly #hopeUntil: Micros

  constructor(
    site: Site,
    computers: readonly SiteComputer[],
    clock: Clock,
    current: (mac: Mac) => JobRun | undefined,
  ) {
    this.#clock = clock
    this.#current = current
    for (const { mac, name } of computers) {
      this.#unsettled.add(mac)
      const timed = site.jobs.filter(job => job.at !== undefined && job.computers.includes(name))
      this.#ahead.set(mac, timed.length)
    }
    const last = lastArrival(site)
    this.#hopeUntil = last === undefined ? 0 : last + site.taskServers.poll
  }

  /** One machine, or all of them. */
  isSettled(mac: Mac | undefined): boolean {
    return mac === undefined ? this.#unsettled.size === 0 : !this.#unsettled.has(mac)
  }

  waits(mac: Mac, isWaiting: boolean): void {
    if (isWaiting) this.#waiting.add(mac)
    else this.#waiting.delete(mac)
    this.changed(mac)
  }

  ordered(mac: Mac): void {
    this.#ahead.set(mac, Math.max(0, (this.#ahead.get(mac) ?? 0) - 1))
    this.changed(mac)
  }

  changed(mac: Mac): void {
    if (this.#canMove(mac)) this.#unsettled.add(mac)
    else this.#unsettled.delete(mac)
  }

  #canMove(mac: Mac): boolean {
    if (!this.#waiting.has(mac) || (this.#ahead.get(mac) ?? 0) > 0) return true
    const run = this.#current(mac)
    if (!run) return false
    return run.blocked === undefined || this.#clock.now() < this.#hopeUntil
  }
}

const lastArrival = ({ notificationServers, siteServers, computers }: Site): Micros | undefined => {
  const times = [
    ...[...notificationServers, ...siteServers, ...computers].flatMap(({ plugIns }) => [...plugIns.values()]),
    ...siteServers.flatMap(({ arrives }) => [...arrives.values()]),
  ].filter(time => time > 0 && time < Infinity)
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b))
}
