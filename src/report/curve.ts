/**
 * A drawing of shares over one varied parameter, with interval bands: one panel per firmware, one curve per server.
 * Stands alone, reads in light and in dark, and tells curves apart without colour too. Knows nothing of sweeps.
 */
import { escaped } from './xml.ts'
import { wrapWords } from './text/wrap.ts'

export interface CurvePoint {
  /** All three between 0 and 1. */
  readonly share: number
  readonly low: number
  readonly high: number
}

export interface CurveChart {
  readonly title: string
  /** What is varied. */
  readonly parameter: string
  /** In order. They stand on a scale if they are numbers of one kind that have room on it, else evenly. */
  readonly values: readonly string[]
  readonly panels: readonly {
    readonly name: string
    /** A point per value; undefined where nothing is known. */
    readonly series: readonly {
      readonly name: string
      readonly points: readonly (CurvePoint | undefined)[]
    }[]
  }[]
}

const LEFT = 72
const PLOT = { width: 560, height: 260 }
/** Above a plot the panel's name, below it the scale and the parameter. */
const PANEL_HEIGHT = PLOT.height + 96
const CHARACTER = 7.2
const TITLE_CHARACTERS = 72

/** Legible on both grounds for eyes that mix up red and green; used again from the start after the last. */
const LIGHT = ['#0b62a8', '#b4500a', '#0f7a5a', '#8a3d86', '#8a6d00', '#5b6770']
const DARK = ['#63b3f5', '#f59a57', '#4fcca4', '#d58bd1', '#e0c040', '#a9b4bd']
const DASHES = ['none', '9 4', '3 3', '12 3 3 3', '6 2', '1 4']

export const drawCurves = (chart: CurveChart): string => {
  const names = chart.panels.flatMap(panel => panel.series.map(series => series.name))
  const longest = names.reduce((length, name) => Math.max(length, name.length), 0)
  const width = LEFT + PLOT.width + 24 + 40 + Math.ceil(longest * CHARACTER) + 12
  const titleLines = wrapWords(chart.title, TITLE_CHARACTERS)
  const top = 20 + titleLines.length * 24
  const height = top + chart.panels.length * PANEL_HEIGHT
  // A server keeps its colour from panel to panel.
  const styles = new Map([...new Set(names)].map((name, index) => [name, index % LIGHT.length]))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(chart.title)}</title>`,
    `<desc id="desc">${escaped(description(chart))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...titleLines.map(
      (line, index) => `<text class="title" x="${LEFT}" y="${30 + index * 24}">${escaped(line)}</text>`,
    ),
    ...chart.panels.map((panel, index) => drawPanel(chart, panel, top + index * PANEL_HEIGHT, styles)),
    '</svg>',
    '',
  ].join('\n')
}

const rules = (colours: readonly string[]): string =>
  colours.map((colour, index) => `.s${index}{stroke:${colour}}.b${index},.d${index}{fill:${colour}}`).join('')

const STYLE = [
  'text{font:13px system-ui,sans-serif;fill:#1c2329}.title{font-size:17px;font-weight:600}.name{font-weight:600}',
  '.paper{fill:#ffffff}.grid{stroke:#d5dade}.axis{stroke:#5b6770}.quiet{fill:#4d575f}',
  'polyline{fill:none;stroke-width:2.2;stroke-linejoin:round}.band{fill-opacity:.18}',
  DASHES.map((dash, index) => `.s${index}{stroke-width:2.2;stroke-dasharray:${dash}}`).join(''),
  rules(LIGHT),
  '@media (prefers-color-scheme:dark){text{fill:#e8ecef}.paper{fill:#14181c}.grid{stroke:#333b42}.axis{stroke:#9aa5ae}',
  `.quiet{fill:#b3bdc5}.band{fill-opacity:.25}${rules(DARK)}}`,
].join('\n')

const description = ({ parameter, values, panels }: CurveChart): string =>
  [
    `Share of machines won over ${parameter} from ${values[0]} to ${values.at(-1)}, with 95 % intervals.`,
    ...panels.map(({ name, series }) => {
      const ends = series.map(
        ({ name: server, points }) => `${server} ${endText(points[0])} to ${endText(points.at(-1))}`,
      )
      return `${name}: ${ends.join(', ')}.`
    }),
  ].join(' ')

const endText = (point: CurvePoint | undefined): string =>
  point ? `${(point.share * 100).toFixed(1)} %` : 'unknown'

const drawPanel = (
  chart: CurveChart,
  { name, series }: CurveChart['panels'][number],
  top: number,
  styles: ReadonlyMap<string, number>,
): string => {
  const [plotTop, bottom, right] = [top + 28, top + 28 + PLOT.height, LEFT + PLOT.width]
  const xs = positions(chart.values).map(part => LEFT + part * PLOT.width)
  const y = (share: number): number => bottom - share * PLOT.height
  const middle = (plotTop + bottom) / 2
  return [
    '<g>',
    `<text class="name" x="${LEFT}" y="${top + 16}">${escaped(name)}</text>`,
    ...[0, 0.25, 0.5, 0.75, 1].map(
      share =>
        `<line class="grid" x1="${LEFT}" x2="${right}" y1="${y(share)}" y2="${y(share)}"/>` +
        `<text class="quiet" x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end">${share * 100} %</text>`,
    ),
    `<text class="quiet" transform="translate(18 ${middle}) rotate(-90)" text-anchor="middle">share of machines won</text>`,
    `<path class="axis" fill="none" d="M${LEFT} ${plotTop}V${bottom}H${right}"/>`,
    ...ticks(chart.values, xs).map(
      ({ x, text }) =>
        `<line class="axis" x1="${round(x)}" x2="${round(x)}" y1="${bottom}" y2="${bottom + 5}"/>` +
        `<text class="quiet" x="${round(x)}" y="${bottom + 20}" text-anchor="middle">${escaped(text)}</text>`,
    ),
    `<text class="quiet" x="${LEFT + PLOT.width / 2}" y="${bottom + 42}" text-anchor="middle">${escaped(chart.parameter)}</text>`,
    ...series.map(({ points, ...one }) => {
      const known = points
        .flatMap((point, index) => (point ? [{ ...point, x: xs[index]! }] : []))
        .sort((a, b) => a.x - b.x)
      return drawSeries(known, styles.get(one.name)!, y)
    }),
    ...series.map((one, index) => {
      const style = styles.get(one.name)!
      const [x, at] = [right + 24, plotTop + 12 + index * 22]
      return (
        `<line class="s${style}" x1="${x}" x2="${x + 30}" y1="${at}" y2="${at}"/>` +
        `<text x="${x + 40}" y="${at + 4}">${escaped(one.name)}</text>`
      )
    }),
    '</g>',
  ].join('\n')
}

const drawSeries = (
  points: readonly (CurvePoint & { readonly x: number })[],
  style: number,
  y: (share: number) => number,
): string => {
  const at = (x: number, share: number): string => `${round(x)},${round(y(share))}`
  const upper = points.map(point => at(point.x, point.high))
  const lower = points.map(point => at(point.x, point.low)).toReversed()
  return [
    `<polygon class="band b${style}" points="${[...upper, ...lower].join(' ')}"/>`,
    `<polyline class="s${style}" points="${points.map(point => at(point.x, point.share)).join(' ')}"/>`,
    ...points.map(
      point => `<circle class="d${style}" cx="${round(point.x)}" cy="${round(y(point.share))}" r="3"/>`,
    ),
  ].join('\n')
}

const UNITS: Readonly<Record<string, { kind: string; size: number }>> = {
  '': { kind: 'number', size: 1 },
  '%': { kind: 'percent', size: 1 },
  us: { kind: 'time', size: 1 },
  ms: { kind: 'time', size: 1e3 },
  s: { kind: 'time', size: 1e6 },
}

/** Values closer than this part of the scale could not be told apart; then they stand evenly, as on a form. */
const CLOSEST = 1 / 60

/** Where each value stands between the ends, 0 to 1. */
export const positions = (values: readonly string[]): number[] => {
  const evenly = values.map((_, index) => (values.length === 1 ? 0.5 : index / (values.length - 1)))
  const read = values.map(value => /^(-?\d+(?:\.\d+)?)(us|ms|s|%)?$/.exec(value))
  const kinds = new Set(read.map(parts => parts && UNITS[parts[2] ?? '']!.kind))
  if (kinds.size !== 1 || kinds.has(null)) return evenly
  const numbers = read.map(parts => Number(parts![1]) * UNITS[parts![2] ?? '']!.size)
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  const onScale = numbers.map(number => (number - low) / (high - low))
  const gaps = onScale.toSorted((a, b) => a - b).map((at, index, all) => at - (all[index - 1] ?? -1))
  return low < high && gaps.every(gap => gap >= CLOSEST) ? onScale : evenly
}

/** As many as have room beside each other. */
const ticks = (values: readonly string[], xs: readonly number[]): { x: number; text: string }[] => {
  const shown: { x: number; text: string }[] = []
  const half = (text: string): number => (text.length * CHARACTER) / 2
  for (const [index, text] of values.entries()) {
    const x = xs[index]!
    if (shown.every(other => Math.abs(other.x - x) >= half(text) + half(other.text) + 6))
      shown.push({ x, text })
  }
  return shown
}

const round = (value: number): number => Math.round(value * 10) / 10
