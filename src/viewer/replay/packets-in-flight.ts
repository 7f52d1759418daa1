/**
 * Packets on their way at a moment, as points on the lines of the topology. A packet's real way takes microseconds;
 * it is shown for as long as the viewer can follow. Geometry only.
 */
import type { Micros } from '../../core/micros.ts'
import type { Layout } from '../draw/layout.ts'
import type { SubnetPlace } from '../draw/places.ts'
import type { ColourOf, Theme } from '../draw/theme.ts'
import { countUpTo } from '../../core/search.ts'
import type { Replay } from './model.ts'

/** Packets drawn at a time; of more, the latest. */
const MAX_FLIGHTS = 160

export interface Dot {
  readonly x: number
  readonly y: number
  readonly small: boolean
}

export interface Flight {
  readonly frame: number
  readonly colour: string
  readonly alpha: number
  readonly dots: readonly Dot[]
  /** The whole way, where it is shown. */
  readonly ways?: readonly (readonly Point[])[]
  readonly everybody?: { readonly bus: SubnetPlace; readonly from: number; readonly reach: number }
}

interface Wanted {
  readonly replay: Replay
  readonly layout: Layout
  readonly theme: Theme
  readonly colourOf: ColourOf
  readonly at: Micros
  readonly span: Micros
  readonly passes: ((frame: number) => boolean) | undefined
  /** A packet that is looked at while time stands still: it alone is shown, half way. */
  readonly held: number | undefined
}

export const flightsAt = (wanted: Wanted): Flight[] => {
  const { replay, at, span, passes, held } = wanted
  if (held !== undefined) {
    const flight = flightOf(wanted, held, 0.5)
    return flight ? [flight] : []
  }
  const { frames } = replay
  const valueAt = (index: number) => frames.at[index]!
  const end = countUpTo(frames.count, valueAt, at)
  const start = Math.max(countUpTo(frames.count, valueAt, at - span), end - 4 * MAX_FLIGHTS)
  const flights: Flight[] = []
  for (let frame = end - 1; frame >= start && flights.length < MAX_FLIGHTS; frame--) {
    if (passes && !passes(frame)) continue
    const flight = flightOf(wanted, frame, (at - frames.at[frame]!) / span)
    if (flight) flights.push(flight)
  }
  return flights.reverse()
}

const flightOf = (wanted: Wanted, frame: number, progress: number): Flight | undefined => {
  const { replay, layout, theme, colourOf } = wanted
  const { frames, hosts } = replay
  const bus = layout.subnets[frames.segment[frame]!]
  const source = frames.source[frame]!
  if (!bus || source < 0) return undefined
  const host = hosts[source]!
  const colour =
    host.kind === 'server' ? colourOf(host.name) : host.kind === 'router' ? theme.faint : theme.accent
  const from = anchor(layout, source, bus)
  const target = frames.target[frame]!
  const alpha = progress < 0.85 ? 1 : Math.max(0, (1 - progress) / 0.15)
  if (target >= 0) {
    const to = anchor(layout, target, bus)
    const way = path(from, to, bus)
    const dots = [along(way, progress)]
    return { frame, colour, alpha, dots, ...(wanted.held === frame && { ways: [way] }) }
  }
  const ends = listeners(wanted, frame, bus)
  const ways = ends.map(end => path(from, end, bus))
  const dots = ways.map(way => along(way, progress, true))
  const lead = along(path(from, { x: from.x, y: bus.busY }, bus), Math.min(1, progress * 2))
  const reach = Math.min(1, Math.max(0, progress - 0.15) * 1.8)
  const everybody = { bus, from: from.x, reach }
  return { frame, colour, alpha, dots: [lead, ...dots], everybody, ...(wanted.held === frame && { ways }) }
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** Where a host's line leaves it. A router stands beside the bus. */
const anchor = ({ hosts, lanes }: Layout, host: number, bus: SubnetPlace): Point => {
  const lane = lanes.get(host)
  if (lane !== undefined) return { x: lane, y: bus.busY }
  const box = hosts[host]!
  return { x: box.x + box.width / 2, y: box.y < bus.busY ? box.y + box.height : box.y }
}

/** Who is shown to hear a broadcast: servers and routers of the segment, and the machine that it is about. */
const listeners = ({ replay, layout }: Wanted, frame: number, bus: SubnetPlace): Point[] => {
  const points: Point[] = []
  const source = replay.frames.source[frame]!
  replay.hosts.forEach((host, index) => {
    if (index === source || host.kind === 'machine') return
    const here =
      host.kind === 'server'
        ? host.server.on === bus.name
        : host.router.joins.some(join => join.subnet === bus.name)
    if (here) points.push(anchor(layout, index, bus))
  })
  const about = replay.machines[replay.frames.machine[frame]!]
  if (about && about.host !== source && about.result.subnet === bus.name)
    points.push(anchor(layout, about.host, bus))
  return points
}

/** To the bus, along it, and to the other's place. */
const path = (from: Point, to: Point, bus: SubnetPlace): Point[] => [
  from,
  { x: from.x, y: bus.busY },
  { x: to.x, y: bus.busY },
  to,
]

const along = (points: readonly Point[], progress: number, small = false): Dot => {
  const lengths = points
    .slice(1)
    .map((point, i) => Math.hypot(point.x - points[i]!.x, point.y - points[i]!.y))
  let left = Math.min(1, progress / 0.85) * lengths.reduce((sum, length) => sum + length, 0)
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i]!
    if (left <= length && length > 0) {
      const share = left / length
      const [a, b] = [points[i]!, points[i + 1]!]
      return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share, small }
    }
    left -= length
  }
  return { ...points.at(-1)!, small }
}
