/**
 * Precision and recall of labels against findings, for each rule and over all. Does not judge what is good enough.
 */
interface Counts {
  hits: number
  missed: number
  invented: number
}

export class Score {
  captures = 0
  /** Captures without contention. */
  quiet = 0
  /** Captures in which nothing is to be found. */
  clean = 0
  readonly #rules = new Map<string, Counts>()

  note(contended: boolean, expected: readonly string[], found: readonly string[]): void {
    this.captures++
    if (!contended) this.quiet++
    if (expected.length === 0) this.clean++
    for (const rule of expected) this.#of(rule)[found.includes(rule) ? 'hits' : 'missed']++
    for (const rule of found) if (!expected.includes(rule)) this.#of(rule).invented++
  }

  get precision(): number {
    const { hits, invented } = this.#total()
    return hits / (hits + invented)
  }

  get recall(): number {
    const { hits, missed } = this.#total()
    return hits / (hits + missed)
  }

  table(): string[] {
    const rows = [...this.#rules].sort(([a], [b]) => (a < b ? -1 : 1))
    return [
      `${this.captures} captures, ${this.quiet} without contention, ${this.clean} with nothing to find`,
      ...[...rows, ['all', this.#total()] as const].map(([rule, counts]) => rowText(rule, counts)),
    ]
  }

  #of(label: string): Counts {
    let counts = this.#rules.get(label)
    if (!counts) this.#rules.set(label, (counts = { hits: 0, missed: 0, invented: 0 }))
    return counts
  }

  #total(): Counts {
    const total: Counts = { hits: 0, missed: 0, invented: 0 }
    for (const counts of this.#rules.values()) {
      total.hits += counts.hits
      total.missed += counts.missed
      total.invented += counts.invented
    }
    return total
  }
}

const rowText = (rule: string, { hits, missed, invented }: Counts): string =>
  `${rule.padEnd(34)} ${String(hits).padStart(3)} found, ${missed} missed, ${invented} invented: precision ${share(hits, invented)}, recall ${share(hits, missed)}`

const share = (part: number, rest: number): string =>
  part + rest === 0 ? '-' : (part / (part + rest)).toFixed(3)
