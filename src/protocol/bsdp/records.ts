/**
 * What a BSDP server remembers of its clients: the binding that brings a Mac back to the same server and image. The
 * interface, and records in memory; `cli/serve` keeps them in a file.
 */
import type { Ip4, Mac } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { ImageId } from '../../wire/bsdp/image-id.ts'

/** Macs remembered; for a further one the oldest is forgotten. */
export const MAX_BSDP_RECORDS = 65_536

export interface BsdpRecord {
  readonly mac: Mac
  /** `NetBoot001`: the computer name of a diskless client. */
  readonly name: string
  readonly number: number
  readonly architecture: string
  readonly systemId: string
  readonly image: ImageId
  readonly bound: boolean
  /** Where it was last seen. */
  readonly address: Ip4
  /** On the clock of this run; a record from before has 0. */
  readonly lastBoot: Micros
}

export interface BsdpRecords {
  /** Every record counts as load, whether its Mac runs or not. */
  readonly size: number
  /** Of all records there ever were. */
  readonly highestNumber: number
  get(mac: Mac): BsdpRecord | undefined
  /** Returns when the record is as safe as it gets: an ACK may follow. */
  put(record: BsdpRecord): void
  delete(mac: Mac): void
}

export class MemoryRecords implements BsdpRecords {
  readonly #records = new Map<Mac, BsdpRecord>()
  #highest = 0

  constructor(records: Iterable<BsdpRecord> = []) {
    for (const record of records) this.put(record)
  }

  get size(): number {
    return this.#records.size
  }

  get highestNumber(): number {
    return this.#highest
  }

  get(mac: Mac): BsdpRecord | undefined {
    return this.#records.get(mac)
  }

  all(): IterableIterator<BsdpRecord> {
    return this.#records.values()
  }

  /** The Mac that had to make room. */
  put(record: BsdpRecord): Mac | undefined {
    const { mac, number } = record
    this.#records.delete(mac) // so that the order is that of the last use
    this.#records.set(mac, record)
    this.#highest = Math.max(this.#highest, number)
    if (this.#records.size <= MAX_BSDP_RECORDS) return undefined
    const [oldest] = this.#records.keys()
    this.#records.delete(oldest!)
    return oldest
  }

  delete(mac: Mac): void {
    this.#records.delete(mac)
  }
}

/** `NetBoot%03d` */
export const machineName = (number: number): string => `NetBoot${String(number).padStart(3, '0')}`
