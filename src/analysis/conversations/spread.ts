/**
 * Smallest, median and largest of many times, in bounded memory: when there are too many, every second one is
 * forgotten and from then on only every second one is kept. Deterministic.
 */
import type { Micros } from '../../core/micros.ts'
import { MAX_SAMPLES } from '../limits.ts'

export interface SpreadSummary {
  readonly min: Micros
  readonly median: Micros
  readonly max: Micros
}

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
