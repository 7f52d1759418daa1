/**
 * What each server did in the boots that are over: what it offered and how often, how fast it answered, how its
 * transfers went. For tables that show servers side by side; does not judge.
 */
import { type Ip4, type Mac, ip4Number } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import { type Boot, offerDelay } from './conversation.ts'
import { hasUnseenFiles } from './boot-traffic.ts'
import { MAX_MACHINES_PER_SERVER, MAX_OFFER_KINDS, MAX_SAMPLES, MAX_SERVERS } from '../limits.ts'
import { type Reply, offerText } from './reply.ts'
import { type Transfer, gotFile } from './transfer.ts'
import { ascending } from '../words.ts'

export interface SpreadSummary {
  readonly min: Micros
  readonly median: Micros
  readonly max: Micros
}

export interface ServerActivity {
  /** What it offered, the most frequent first, and in how many boots. */
  readonly offers: readonly { readonly text: string; readonly boots: number }[]
  /** Machines that it answered or sent files to, the first ones. */
  readonly machines: readonly Mac[]
  /** From the last DISCOVER or request before an answer to that answer, where both were seen in one place. */
  readonly answerTimes?: SpreadSummary
  readonly transfers: {
    readonly completed: number
    readonly failed: number
    readonly bytes: number
    /** The time of all of them together. */
    readonly span: Micros
  }
}

export const NO_ACTIVITY: ServerActivity = {
  offers: [],
  machines: [],
  transfers: { completed: 0, failed: 0, bytes: 0, span: 0 },
}

interface Record {
  readonly offers: Map<string, number>
  readonly machines: Set<Mac>
  readonly times: Spread
  completed: number
  failed: number
  bytes: number
  span: Micros
}

export class ActivityTable {
  readonly #records = new Map<Ip4, Record>()

  note(boot: Boot): void {
    const counted = new Set<string>()
    for (const exchange of boot.exchanges)
      for (const offer of exchange.offers) this.#offer(offer, counted, offerDelay(exchange, offer))
    for (const ask of boot.asks4011)
      for (const reply of ask.replies) {
        const isInPlace = reply.seen.segment === ask.seen.segment
        this.#offer(reply, counted, isInPlace ? reply.seen.at - ask.seen.at : undefined)
      }
    // What came unseen has not failed.
    if (!hasUnseenFiles(boot)) for (const transfer of boot.transfers) this.#transfer(transfer)
    this.#machine(boot)
  }

  of(ip: Ip4): ServerActivity {
    const record = this.#records.get(ip)
    if (!record) return NO_ACTIVITY
    const answerTimes = record.times.summary()
    return {
      offers: [...record.offers]
        .map(([text, boots]) => ({ text, boots }))
        .sort((a, b) => b.boots - a.boots || (a.text < b.text ? -1 : 1)),
      machines: ascending(record.machines),
      ...(answerTimes && { answerTimes }),
      transfers: {
        completed: record.completed,
        failed: record.failed,
        bytes: record.bytes,
        span: record.span,
      },
    }
  }

  #machine({ client, exchanges, asks4011, transfers }: Boot): void {
    if (client === undefined) return
    const replies = [
      ...exchanges.flatMap(({ offers, acks }) => [...offers, ...acks]),
      ...asks4011.flatMap(ask => ask.replies),
    ]
    for (const { server } of [...replies, ...transfers]) {
      const machines = this.#records.get(server)?.machines
      if (machines && machines.size < MAX_MACHINES_PER_SERVER) machines.add(client)
    }
  }

  /** A server that says the same several times in a boot has offered it once. */
  #offer(reply: Reply, counted: Set<string>, delay: Micros | undefined): void {
    const record = this.#recordOf(reply.server)
    if (!record) return
    if (delay !== undefined && delay >= 0) record.times.add(delay)
    const text = offerText(reply)
    const key = `${ip4Number(reply.server)} ${text}`
    if (counted.has(key)) return
    counted.add(key)
    const count = record.offers.get(text)
    if (count !== undefined || record.offers.size < MAX_OFFER_KINDS) record.offers.set(text, (count ?? 0) + 1)
  }

  #transfer(transfer: Transfer): void {
    const record = this.#recordOf(transfer.server)
    if (!record || transfer.end?.kind === 'sizeQuery') return
    if (transfer.end?.kind === 'completed') record.completed++
    else if (!gotFile(transfer) || transfer.end) record.failed++
    record.bytes += transfer.bytes
    if (gotFile(transfer)) record.span += transfer.pace.lastAt - transfer.seen.at
  }

  #recordOf(ip: Ip4): Record | undefined {
    let record = this.#records.get(ip)
    if (!record && this.#records.size < MAX_SERVERS) {
      record = {
        offers: new Map(),
        machines: new Set(),
        times: new Spread(),
        completed: 0,
        failed: 0,
        bytes: 0,
        span: 0,
      }
      this.#records.set(ip, record)
    }
    return record
  }
}

/**
 * Smallest, median and largest of many times, in bounded memory: when there are too many, every second one is
 * forgotten and from then on only every second one is kept. Deterministic.
 */
export class Spread {
  #min: Micros = Infinity
  #max: Micros = -Infinity
  #samples: Micros[] = []
  #stride = 1
  #skipped = 0

  add(time: Micros): void {
    this.#min = Math.min(this.#min, time)
    this.#max = Math.max(this.#max, time)
    if (++this.#skipped < this.#stride) return
    this.#skipped = 0
    this.#samples.push(time)
    if (this.#samples.length < MAX_SAMPLES) return
    this.#samples = this.#samples.filter((_, i) => i % 2 === 0)
    this.#stride *= 2
  }

  summary(): SpreadSummary | undefined {
    if (this.#samples.length === 0) return undefined
    const sorted = [...this.#samples].sort((a, b) => a - b)
    return { min: this.#min, median: sorted[(sorted.length - 1) >> 1]!, max: this.#max }
  }
}
