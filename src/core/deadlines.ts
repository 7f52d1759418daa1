/**
 * Many deadlines, of which a machine shows only the next: set, clear, and take what is due, in O(log n).
 * Ties are taken in the order they were set. Does not know what time it is.
 */
import type { Micros } from './micros.ts'

interface Entry<K> {
  readonly key: K
  readonly at: Micros
  readonly order: number
}

export class Deadlines<K> {
  readonly #current = new Map<K, Entry<K>>()
  readonly #heap: Entry<K>[] = []
  #order = 0

  /** When the earliest deadline is; undefined if there is none. */
  get next(): Micros | undefined {
    this.#dropStale()
    return this.#heap[0]?.at
  }

  set(key: K, at: Micros): void {
    const entry = { key, at, order: this.#order++ }
    this.#current.set(key, entry)
    this.#heap.push(entry)
    siftUp(this.#heap)
  }

  clear(key: K): void {
    this.#current.delete(key)
  }

  /** Removes and returns one key that is due at `now`, or undefined. */
  take(now: Micros): K | undefined {
    this.#dropStale()
    const first = this.#heap[0]
    if (!first || first.at > now) return undefined
    popFirst(this.#heap)
    this.#current.delete(first.key)
    return first.key
  }

  #dropStale(): void {
    for (let first = this.#heap[0]; first && this.#current.get(first.key) !== first; first = this.#heap[0])
      popFirst(this.#heap)
  }
}

const before = <K>(a: Entry<K>, b: Entry<K>) => a.at < b.at || (a.at === b.at && a.order < b.order)

const siftUp = <K>(heap: Entry<K>[]): void => {
  let i = heap.length - 1
  const entry = heap[i]!
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (!before(entry, heap[parent]!)) break
    heap[i] = heap[parent]!
    i = parent
  }
  heap[i] = entry
}

const popFirst = <K>(heap: Entry<K>[]): void => {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
    if (!before(heap[child]!, last)) break
    heap[i] = heap[child]!
    i = child
  }
  heap[i] = last
}
