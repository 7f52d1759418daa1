/**
 * DISCOVERs that wait for their answers, each for a few seconds: who answered which one, as seen on the wire. Does not
 * interpret them.
 */
import { ANY_IP4, formatIp4, type Ip4, type Mac } from '../core/address.ts'
import { SECOND, type Micros } from '../core/micros.ts'
import type { Asked } from '../analysis/analyzer.ts'
import type { WatchedRole } from './events.ts'

/** DISCOVERs that wait at the same time; the oldest is done early when there are more. */
const MAX_OPEN_ASKS = 4_096
/** Firmware has chosen by then: the longest first window is EDK2's, of 4 s (E-8). */
export const ANSWER_WINDOW: Micros = 5 * SECOND

export interface Ask {
  readonly subnet: string
  readonly client: Mac
  readonly isPxe: boolean
  readonly isBsdp: boolean
  readonly at: Micros
  /** Its answers are broadcasts, or go to a relay: whoever saw one sees all. */
  readonly showsAnswers: boolean
  /** In order of arrival, each once. */
  readonly answers: Answer[]
}

export interface Answer {
  readonly server: Ip4
  readonly role: WatchedRole
  readonly at: Micros
  /** What partners of one pool of addresses agree on (`Reply.pool`). */
  readonly pool: number
}

export class PendingDiscovers {
  readonly #open = new Map<string, Ask>()
  readonly #onDone: (ask: Ask) => void

  constructor(onDone: (ask: Ask) => void) {
    this.#onDone = onDone
  }

  /** A repetition belongs to the ask that is open, and so does a relay's copy. */
  add({ seen, client, xid, giaddr, asks, wantsBroadcast }: Asked): void {
    const key = keyOf(client, xid)
    if (this.#open.has(key)) return
    if (this.#open.size >= MAX_OPEN_ASKS) this.#finish(this.#open.keys().next().value!)
    this.#open.set(key, {
      subnet: subnetOf(seen.segment, giaddr),
      client,
      isPxe: asks === 'pxe',
      isBsdp: asks === 'bsdp',
      at: seen.at,
      showsAnswers: wantsBroadcast || giaddr !== ANY_IP4,
      answers: [],
    })
  }

  of(client: Mac, xid: number): Ask | undefined {
    return this.#open.get(keyOf(client, xid))
  }

  /** Those that have waited long enough are done. */
  tick(now: Micros): void {
    for (const [key, ask] of this.#open) {
      if (now - ask.at < ANSWER_WINDOW) return
      this.#finish(key)
    }
  }

  #finish(key: string): void {
    const ask = this.#open.get(key)!
    this.#open.delete(key)
    this.#onDone(ask)
  }
}

const keyOf = (client: Mac, xid: number): string => `${client} ${xid}`

/** Where machines behind a relay are is known by the relay only. */
export const subnetOf = (segment: string, giaddr: Ip4): string =>
  giaddr === ANY_IP4 ? segment : `${segment} via ${formatIp4(giaddr)}`
