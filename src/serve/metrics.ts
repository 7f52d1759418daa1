/**
 * Counters and gauges in Prometheus' exposition format, by prom-client. Knows no name of a metric; labels come from
 * closed sets, never from what a client sent, so that nobody can make the table grow.
 */
import { Counter, Gauge, Registry } from 'prom-client'

type Labels = Readonly<Record<string, string | number>>
type Count = (labels?: Labels, by?: number) => void

/** Label combinations of one metric: further ones are counted together under none, and left out of gauges. */
export const MAX_SERIES = 512

export class Metrics {
  readonly #registry = new Registry()

  get contentType(): string {
    return this.#registry.contentType
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Count {
    const counter = new Counter({ name, help, labelNames, registers: [this.#registry] })
    const known = new Set<string>()
    return (labels = {}, by = 1) => {
      const key = Object.values(labels).join(' ')
      if (known.size < MAX_SERIES) known.add(key)
      counter.inc(known.has(key) ? labels : {}, by)
    }
  }

  /** Read when somebody looks. */
  gauge(name: string, help: string, read: () => number): void {
    this.gauges(name, help, [], () => [[{}, read()]])
  }

  /** The same for several values; those that are not read any more are gone. */
  gauges(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => readonly (readonly [Labels, number])[],
  ): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect: () => {
        gauge.reset()
        for (const [labels, value] of read().slice(0, MAX_SERIES)) gauge.set(labels, value)
      },
    })
  }

  /** 0 for what was never counted. */
  async value(name: string, labels: Labels = {}): Promise<number> {
    const metric = await this.#registry.getSingleMetric(name)?.get()
    const found = metric?.values.find(each =>
      Object.entries(labels).every(([label, value]) => each.labels[label] === value),
    )
    return found?.value ?? 0
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
