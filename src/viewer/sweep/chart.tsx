/**
 * Shares with their 95 % intervals: as bars where nothing was varied, as curves over a parameter. The table beside
 * them is their equal in words.
 */
import { useRef, useState } from 'preact/hooks'
import type { FirmwareSummary, Share } from '../../experiments/sweep/summary.ts'
import { useSize } from '../hooks.ts'
import { intervalText, percent, serverText, wonBy } from './shares.ts'
import type { ColourOf } from '../draw/theme.ts'

interface BarsProps {
  readonly firmware: FirmwareSummary
  readonly servers: readonly string[]
  readonly colourOf: ColourOf
}

export const Bars = ({ firmware, servers, colourOf }: BarsProps) => (
  <ul class="bars">
    {servers.map(server => {
      const won = wonBy(server, firmware)
      return (
        <li key={server}>
          <span class="bar-name">{serverText(server)}</span>
          <span class="bar" aria-hidden="true">
            <i style={{ width: `${won.share * 100}%`, background: colourOf(server) }} />
            <i
              class="whisker"
              style={{ left: `${won.low * 100}%`, width: `${(won.high - won.low) * 100}%` }}
            />
          </span>
          <span>
            {percent(won.share)} <small>({intervalText(won)})</small>
          </span>
        </li>
      )
    })}
  </ul>
)

interface CurveProps {
  readonly parameter: string
  readonly values: readonly string[]
  readonly series: readonly { readonly server: string; readonly shares: ReadonlyMap<string, Share> }[]
  readonly colourOf: ColourOf
}

const MARGIN = { left: 46, right: 14, top: 12, bottom: 40 }
const HEIGHT = 280
/** Curves differ without colour too. */
const DASHES = ['', '8 4', '2 3', '10 3 2 3']

export const Curve = ({ parameter, values, series, colourOf }: CurveProps) => {
  const frame = useRef<HTMLDivElement>(null)
  const { width } = useSize(frame)
  const [pointed, point] = useState(-1)
  const places = placesOf(values)
  const inner = Math.max(100, width - MARGIN.left - MARGIN.right)
  const tall = HEIGHT - MARGIN.top - MARGIN.bottom
  const xOf = (index: number) => MARGIN.left + places[index]! * inner
  const yOf = (share: number) => MARGIN.top + (1 - share) * tall
  const find = (event: PointerEvent) => {
    const x = event.clientX - frame.current!.getBoundingClientRect().left
    const distances = values.map((_, index) => Math.abs(xOf(index) - x))
    point(distances.indexOf(Math.min(...distances)))
  }
  const every = Math.max(1, Math.ceil((values.length * 64) / inner))
  return (
    <figure class="curve">
      <div ref={frame} onPointerMove={find} onPointerLeave={() => point(-1)}>
        <svg
          width={Math.max(200, width)}
          height={HEIGHT}
          role="img"
          aria-label={described(parameter, values, series)}
        >
          {[0, 0.25, 0.5, 0.75, 1].map(share => (
            <g key={share} class="grid">
              <line x1={MARGIN.left} x2={MARGIN.left + inner} y1={yOf(share)} y2={yOf(share)} />
              <text x={MARGIN.left - 7} y={yOf(share) + 4} text-anchor="end">
                {share * 100} %
              </text>
            </g>
          ))}
          {values.map(
            (value, index) =>
              index % every === 0 && (
                <text
                  key={value}
                  class="tick"
                  x={xOf(index)}
                  y={HEIGHT - MARGIN.bottom + 17}
                  text-anchor="middle"
                >
                  {value}
                </text>
              ),
          )}
          <text class="tick" x={MARGIN.left + inner / 2} y={HEIGHT - 6} text-anchor="middle">
            {parameter}
          </text>
          {pointed >= 0 && (
            <line
              class="pointed"
              x1={xOf(pointed)}
              x2={xOf(pointed)}
              y1={MARGIN.top}
              y2={MARGIN.top + tall}
            />
          )}
          {series.map(({ server, shares }, number) => {
            const known = values.flatMap((value, index) => {
              const share = shares.get(value)
              return share ? [{ x: xOf(index), ...share }] : []
            })
            const colour = colourOf(server)
            return (
              <g key={server}>
                <path class="band" d={bandOf(known, yOf)} fill={colour} />
                <path
                  d={known.map(({ x, share }, i) => `${i === 0 ? 'M' : 'L'}${x} ${yOf(share)}`).join('')}
                  fill="none"
                  stroke={colour}
                  stroke-width="2.2"
                  stroke-dasharray={DASHES[number % DASHES.length]}
                />
                {known.map(({ x, share }) => (
                  <circle key={x} cx={x} cy={yOf(share)} r="3.2" fill={colour} />
                ))}
              </g>
            )
          })}
        </svg>
      </div>
      <figcaption>
        {series.map(({ server, shares }) => {
          const share = pointed < 0 ? undefined : shares.get(values[pointed]!)
          return (
            <span key={server}>
              <i class="swatch" style={{ background: colourOf(server) }} /> {serverText(server)}
              {share && ` ${percent(share.share)} (${intervalText(share)})`}
            </span>
          )
        })}
        <span>{pointed < 0 ? 'share of machines won, with 95 % intervals' : `at ${values[pointed]}`}</span>
      </figcaption>
    </figure>
  )
}

type Known = { readonly x: number; readonly low: number; readonly high: number }

const bandOf = (known: readonly Known[], yOf: (share: number) => number): string =>
  known.length === 0
    ? ''
    : `M${known.map(({ x, high }) => `${x} ${yOf(high)}`).join('L')}L${[...known]
        .reverse()
        .map(({ x, low }) => `${x} ${yOf(low)}`)
        .join('L')}Z`

const UNITS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, '': 1 }

/** 0 to 1: on a scale where all are numbers that rise, else at even steps. */
export const placesOf = (values: readonly string[]): readonly number[] => {
  const numbers = values.map(value => {
    const [, number, unit = ''] = /^(-?\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(value) ?? []
    return number === undefined ? NaN : Number(number) * (UNITS[unit] ?? NaN)
  })
  const even = values.map((_, index) => index / Math.max(1, values.length - 1))
  const [low, high] = [numbers[0]!, numbers.at(-1)!]
  if (!numbers.every((number, index) => index === 0 || number > numbers[index - 1]!)) return even
  const places = numbers.map(number => (number - low) / (high - low))
  // On a scale from 1 ms to an hour the small ones would lie on each other.
  return places.every((place, index) => index === 0 || place - places[index - 1]! > 0.02) ? places : even
}

const described = (parameter: string, values: readonly string[], series: CurveProps['series']): string =>
  `Share of machines won over ${parameter}, ${values[0]} to ${values.at(-1)}. ${series
    .map(({ server, shares }) => {
      const [first, last] = [shares.get(values[0]!), shares.get(values.at(-1)!)]
      return `${serverText(server)}: ${first ? percent(first.share) : 'unknown'} to ${last ? percent(last.share) : 'unknown'}`
    })
    .join('; ')}.`
