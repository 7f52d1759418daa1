/**
 * A map that forgets: of at most `limit` entries, those that were neither set nor got for the longest time go first, in
 * two generations, so that nothing is moved or deleted one by one. At least the latest half of `limit` is there.
 */
export class RecentMap<K, V> {
  readonly #half: number
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2))
  }

  get(key: K): V | undefined {
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete(key: K): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  /** In no particular order; each key once. */
  *values(): Iterable<V> {
    for (const [, value] of this.entries()) yield value
  }

  /** What is deleted meanwhile may be. */
  *entries(): Iterable<readonly [K, V]> {
    yield* this.#young
    for (const entry of this.#old) if (!this.#young.has(entry[0])) yield entry
  }
}
