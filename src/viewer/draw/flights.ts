/**
 * Draws the packets on their way, and a word beside the latest of them. Does not know where they are.
 */
import { FONT, type TopologyPicture, line, roundRect } from './shapes.ts'
import type { Box } from './places.ts'
import { type Flight, type Point, flightsAt } from '../replay/packets-in-flight.ts'

export const drawFlights = (context: CanvasRenderingContext2D, picture: TopologyPicture): void => {
  const flights = flightsAt(picture)
  for (const flight of flights) drawFlight(context, picture, flight)
  drawLabels(context, picture, flights)
}

const drawFlight = (context: CanvasRenderingContext2D, picture: TopologyPicture, flight: Flight): void => {
  const { theme } = picture
  if (flight.everybody !== undefined) {
    const { bus, from, reach } = flight.everybody
    context.globalAlpha = flight.alpha * 0.55
    context.strokeStyle = flight.colour
    context.lineWidth = 5
    const left = from - (from - bus.busLeft) * reach
    line(context, left, bus.busY, from + (bus.busRight - from) * reach, bus.busY)
  }
  for (const way of flight.ways ?? []) drawWay(context, way, flight.colour)
  context.globalAlpha = flight.alpha
  for (const dot of flight.dots) {
    context.beginPath()
    context.arc(dot.x, dot.y, dot.small ? 3 : 5, 0, 2 * Math.PI)
    context.fillStyle = flight.colour
    context.fill()
    context.lineWidth = 1.5
    context.strokeStyle = theme.panel
    context.stroke()
  }
  context.globalAlpha = 1
}

const drawWay = (context: CanvasRenderingContext2D, way: readonly Point[], colour: string): void => {
  context.globalAlpha = 0.65
  context.strokeStyle = colour
  context.lineWidth = 3
  context.beginPath()
  for (const { x, y } of way) context.lineTo(x, y)
  context.stroke()
  const [before, end] = [way.at(-2)!, way.at(-1)!]
  const down = Math.sign(end.y - before.y) || -1
  context.globalAlpha = 1
  context.fillStyle = colour
  context.beginPath()
  context.moveTo(end.x, end.y)
  context.lineTo(end.x - 5, end.y - 8 * down)
  context.lineTo(end.x + 5, end.y - 8 * down)
  context.fill()
}

/** Packets with a label beside them: more than this cover each other. */
const MAX_LABELS = 6

const drawLabels = (
  context: CanvasRenderingContext2D,
  { theme, label, layout }: TopologyPicture,
  flights: readonly Flight[],
): void => {
  context.font = `600 11px ${FONT}`
  context.textAlign = 'left'
  const taken: Box[] = []
  for (const flight of flights.slice(-MAX_LABELS).reverse()) {
    const dot = flight.dots[0]
    if (!dot) continue
    const text = label(flight.frame)
    const width = context.measureText(text).width + 10
    const box = { x: Math.min(dot.x + 8, layout.width - width), y: dot.y - 21, width, height: 16 }
    if (taken.some(other => overlap(box, other))) continue
    taken.push(box)
    context.globalAlpha = Math.max(0.55, flight.alpha)
    context.fillStyle = theme.panel
    roundRect(context, box, 4)
    context.fill()
    context.strokeStyle = flight.colour
    context.lineWidth = 1
    context.stroke()
    context.fillStyle = theme.ink
    context.fillText(text, box.x + 5, box.y + 8.5)
    context.globalAlpha = 1
  }
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
