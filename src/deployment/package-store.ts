/**
 * What a package server holds, and how fast it gives it out: packages come in parts, and all downloads share one
 * line, each getting its next part in turn. Does not speak to anybody.
 */
import { type Micros, SECOND } from '../core/micros.ts'

/** A part is at least this large; fewer, larger parts would make sharing coarse. */
const PART_SIZE = 200e6
/** Parts of one package: what 4 GB are cut into. */
const MAX_PARTS = 20

export interface StoredPackage {
  readonly size: number
  /** When it is here; Infinity: never. */
  readonly arrives: Micros
}

export class PackageStore {
  readonly #items: Map<string, StoredPackage>
  readonly #bandwidth: number
  /** Until when the line is taken. */
  #busyUntil: Micros = 0

  /** `bandwidth`: bytes per second. */
  constructor(items: ReadonlyMap<string, StoredPackage>, bandwidth: number) {
    this.#items = new Map(items)
    this.#bandwidth = bandwidth
  }

  item(name: string): StoredPackage | undefined {
    return this.#items.get(name)
  }

  put(name: string, item: StoredPackage): void {
    this.#items.set(name, item)
  }

  has(name: string, now: Micros): boolean {
    return (this.#items.get(name)?.arrives ?? Infinity) <= now
  }

  /** Puts one part in line; when it is through. */
  schedule(now: Micros, size: number): Micros {
    const seconds = size / partsOf(size) / this.#bandwidth
    this.#busyUntil = Math.max(now, this.#busyUntil) + Math.max(1, Math.round(seconds * SECOND))
    return this.#busyUntil
  }
}

export const partsOf = (size: number): number => Math.min(MAX_PARTS, Math.max(1, Math.ceil(size / PART_SIZE)))
