/**
 * Counters and gauges in Prometheus' text form. Knows no name of a metric; labels come from closed sets, never from
 * what a client sent, so that nobody can make the table grow.
 */

type Labels = Readonly<Record<string, string | number>>

interface Family {
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly values: Map<string, number>
}

/** Label combinations of one metric; more are counted together under none. */
export const MAX_SERIES = 512

export class Metrics {
  readonly #families = new Map<string, Family>()
  readonly #gauges: (() => void)[] = []

  counter(name: string, help: string): (labels?: Labels, by?: number) => void {
    const { values } = this.#family(name, 'counter', help)
    return (labels = {}, by = 1) => {
      const text = labelText(labels)
      const key = values.has(text) || values.size < MAX_SERIES ? text : ''
      values.set(key, (values.get(key) ?? 0) + by)
    }
  }

  /** Read when somebody looks. */
  gauge(name: string, help: string, read: () => number): void {
    this.gauges(name, help, () => [[{}, read()]])
  }

  /** The same for several values; those that are not read any more are gone. */
  gauges(name: string, help: string, read: () => readonly (readonly [Labels, number])[]): void {
    const { values } = this.#family(name, 'gauge', help)
    this.#gauges.push(() => {
      values.clear()
      for (const [labels, value] of read().slice(0, MAX_SERIES)) values.set(labelText(labels), value)
    })
  }

  value(name: string, labels: Labels = {}): number {
    return this.#families.get(name)?.values.get(labelText(labels)) ?? 0
  }

  text(): string {
    for (const read of this.#gauges) read()
    const lines: string[] = []
    for (const [name, { type, help, values }] of this.#families) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
      for (const [labels, value] of values) lines.push(`${name}${labels} ${value}`)
    }
    return `${lines.join('\n')}\n`
  }

  #family(name: string, type: Family['type'], help: string): Family {
    const known = this.#families.get(name)
    if (known) return known
    const family: Family = { type, help, values: new Map() }
    this.#families.set(name, family)
    return family
  }
}

const labelText = (labels: Labels): string => {
  let text = ''
  for (const key in labels) text += `${text === '' ? '{' : ','}${key}="${escape(String(labels[key]))}"`
  return text === '' ? '' : `${text}}`
}

const escape = (text: string): string =>
  SPECIAL.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text
const SPECIAL = /["\\\n]/
