/**
 * Frames in, events out, for weeks: the monitor of servers, and the analyser for what goes wrong in a boot, each reported
 * once. Its time is that of the frames and of `tick`, so that a replay says the same each time. Does not read captures
 * and does not print.
 */
import { ip4Number } from '../core/address.ts'
import { Analyzer, type Finding, type RecordView } from '../analysis/analyzer.ts'
import { SECOND, type Micros } from '../core/micros.ts'
import type { AllowList } from './allow-list.ts'
import type { Told, WatchEvent } from './events.ts'
import { ServerMonitor } from './server-monitor.ts'

/** Findings remembered so as not to be told again; the one that was found least recently is forgotten first. */
const MAX_TOLD_FINDINGS = 4_096
/** Events told within one second; further ones are counted. */
export const MAX_EVENTS_PER_SECOND = 40

/** A finding that was not found for so long is told again when it is. */
export const FORGET_FINDING: Micros = 3600 * SECOND
/** Firmware pauses 64 s at most (E-8): a machine that is silent for longer has done what it will. */
export const WATCH_IDLE: Micros = 70 * SECOND
/** After so many boots or so much time the analyser begins anew, as with the next file of a ring buffer. */
const BOOTS_PER_ANALYZER = 10_000
const ANALYZER_AGE: Micros = 24 * 3600 * SECOND

export interface WatcherOptions {
  readonly tell: (event: Told) => void
  readonly allow?: AllowList | undefined
}

export class Watcher {
  readonly monitor: ServerMonitor
  frames = 0
  readonly #options: WatcherOptions
  #analyzer: Analyzer
  #since: Micros | undefined
  #boots = 0
  #now: Micros = 0
  readonly #told = new Map<string, Micros>()
  #second = 0
  #events = 0
  #leftOut = 0

  constructor(options: WatcherOptions) {
    this.#options = options
    this.monitor = new ServerMonitor(event => this.tell(event), options.allow)
    this.#analyzer = this.#newAnalyzer()
  }

  /** Its time is in microseconds since 1970; record and bytes may be used again at once. */
  take(record: Readonly<RecordView>): void {
    this.frames++
    this.tick(record.at)
    this.#analyzer.take(record)
  }

  /** Time goes on, with or without frames; it never goes back. */
  tick(at: Micros): void {
    if (at > this.#now) this.#now = at
    this.#since ??= this.#now
    this.monitor.tick(this.#now)
    this.#analyzer.tick(this.#now)
    if (this.#boots >= BOOTS_PER_ANALYZER || this.#now - this.#since >= ANALYZER_AGE) this.#beginAnew()
  }

  /** Judges what is still open. */
  finish(): void {
    this.#analyzer.finish()
    this.#flushLeftOut()
  }

  tell(event: WatchEvent): void {
    const second = Math.floor(this.#now / SECOND)
    if (second !== this.#second) {
      this.#second = second
      this.#events = 0
      this.#flushLeftOut()
    }
    if (++this.#events > MAX_EVENTS_PER_SECOND) this.#leftOut++
    else this.#options.tell({ ...event, at: this.#now })
  }

  #flushLeftOut(): void {
    if (this.#leftOut === 0) return
    this.#options.tell({ kind: 'left-out', events: this.#leftOut, at: this.#now })
    this.#leftOut = 0
  }

  #newAnalyzer(): Analyzer {
    return new Analyzer({
      listener: this.monitor,
      idle: WATCH_IDLE,
      onBoot: () => void this.#boots++,
      onFinding: finding => this.#find(finding),
    })
  }

  #beginAnew(): void {
    this.#analyzer.finish()
    this.#analyzer = this.#newAnalyzer()
    this.#boots = 0
    this.#since = this.#now
  }

  #find(finding: Finding): void {
    if (this.#options.allow?.excuses(finding)) return
    const key = `${finding.rule} ${finding.subnet ?? ''} ${finding.servers.map(ip4Number).join(' ')}`
    const before = this.#told.get(key)
    this.#told.delete(key)
    if (this.#told.size >= MAX_TOLD_FINDINGS) this.#told.delete(this.#told.keys().next().value!)
    this.#told.set(key, this.#now)
    if (before === undefined || this.#now - before >= FORGET_FINDING) this.tell({ kind: 'finding', finding })
  }
}
