/**
 * Draws one picture of the topology: what stands, how each machine is doing at the moment, and packets on their way.
 * Does not know when to draw.
 */
import type { Micros } from '../core/micros.ts'
import { drawMachine } from './draw-machine.ts'
import type { Box, Layout } from './layout.ts'
import type { ColourOf, Theme } from './theme.ts'
import { type Flight, type Point, flightsAt } from './packets-in-flight.ts'
import { type Replay, standingAt } from './replay.ts'

export interface TopologyPicture {
  readonly replay: Replay
  readonly layout: Layout
  readonly theme: Theme
  readonly colourOf: ColourOf
  readonly at: Micros
  /** Virtual time for which a packet is seen on its way. */
  readonly span: Micros
  readonly machine: number | undefined
  readonly hovered: number
  /** Frames that the filter lets through; undefined: all. */
  readonly passes: ((frame: number) => boolean) | undefined
  readonly held: number | undefined
  /** In a word, for a label beside the packet. */
  readonly label: (frame: number) => string
}

export const FONT = 'system-ui, "Segoe UI", Roboto, sans-serif'

export const drawTopology = (context: CanvasRenderingContext2D, picture: TopologyPicture): void => {
  const { layout } = picture
  context.clearRect(0, 0, layout.width, layout.height)
  context.textBaseline = 'middle'
  drawSubnets(context, picture)
  drawRouters(context, picture)
  drawServers(context, picture)
  drawMachines(context, picture)
  const flights = flightsAt(picture)
  for (const flight of flights) drawFlight(context, picture, flight)
  drawLabels(context, picture, flights)
}

const drawSubnets = (context: CanvasRenderingContext2D, { layout, theme }: TopologyPicture): void => {
  for (const subnet of layout.subnets) {
    context.fillStyle = theme.surface
    roundRect(context, subnet, 8)
    context.fill()
    context.fillStyle = theme.ink
    context.font = `600 12px ${FONT}`
    context.textAlign = 'left'
    context.fillText(subnet.name, subnet.x + 12, subnet.y + 13)
    const offset = context.measureText(subnet.name).width
    context.fillStyle = theme.faint
    context.font = `12px ${FONT}`
    context.fillText(subnet.cidr, subnet.x + 20 + offset, subnet.y + 13)
    context.strokeStyle = theme.faint
    context.lineWidth = 2.5
    line(context, subnet.busLeft, subnet.busY, subnet.busRight, subnet.busY)
  }
}

const drawRouters = (context: CanvasRenderingContext2D, { replay, layout, theme }: TopologyPicture): void => {
  replay.hosts.forEach((host, index) => {
    if (host.kind !== 'router') return
    const box = layout.hosts[index]!
    const x = box.x + box.width / 2
    context.strokeStyle = theme.faint
    context.lineWidth = 2.5
    for (const { subnet } of host.router.joins) {
      const place = layout.subnets.find(({ name }) => name === subnet)
      if (!place) continue
      line(context, place.busRight, place.busY, x, place.busY)
      line(context, x, place.busY, x, box.y + box.height / 2)
    }
    context.fillStyle = theme.panel
    roundRect(context, box, 15)
    context.fill()
    context.lineWidth = 1.5
    context.stroke()
    context.fillStyle = theme.ink
    context.font = `600 12px ${FONT}`
    context.textAlign = 'center'
    context.fillText(host.name, x, box.y + box.height / 2)
  })
  context.font = `10.5px ${FONT}`
  for (const list of layout.relayLists) {
    const width = context.measureText(list.text).width
    context.fillStyle = theme.panel
    context.fillRect(list.x - width / 2 - 3, list.y - 6, width + 6, 12)
    context.fillStyle = theme.faint
    context.fillText(list.text, list.x, list.y)
  }
}

const drawServers = (context: CanvasRenderingContext2D, picture: TopologyPicture): void => {
  const { replay, layout, theme, colourOf } = picture
  context.textAlign = 'left'
  replay.hosts.forEach((host, index) => {
    if (host.kind !== 'server') return
    const box = layout.hosts[index]!
    const subnet = layout.subnets.find(({ name }) => name === host.server.on)
    const colour = colourOf(host.name)
    const x = box.x + box.width / 2
    context.strokeStyle = theme.faint
    context.lineWidth = 1.5
    if (subnet) line(context, x, box.y + box.height, x, subnet.busY)
    context.fillStyle = theme.panel
    roundRect(context, box, 5)
    context.fill()
    context.strokeStyle = colour
    context.lineWidth = index === picture.hovered ? 2.5 : 1.5
    context.stroke()
    context.fillStyle = colour
    context.fillRect(box.x, box.y + 5, 4, box.height - 10)
    context.fillStyle = theme.ink
    context.font = `600 12.5px ${FONT}`
    context.fillText(fitted(context, host.name, box.width - 16), box.x + 11, box.y + 12)
    context.fillStyle = theme.faint
    context.font = `11px ${FONT}`
    context.fillText(fitted(context, host.server.role, box.width - 16), box.x + 11, box.y + 26)
  })
}

const drawMachines = (context: CanvasRenderingContext2D, picture: TopologyPicture): void => {
  const { replay, layout, at, theme, colourOf } = picture
  for (const machine of replay.machines) {
    const box = layout.hosts[machine.host]!
    drawMachine(context, box, {
      standing: standingAt(machine, at),
      colour: colourOf(machine.result.pxeServer ?? machine.result.leaseFrom),
      theme,
      label: box.width > 27 ? shortName(machine.result.name) : '',
      marked: machine.index === picture.machine,
      hovered: machine.host === picture.hovered,
    })
  }
}

/** `pc-14` -> `14`: the group stands at the machine list. */
const shortName = (name: string): string => /-(\d+)$/.exec(name)?.[1] ?? name.slice(0, 4)

const fitted = (context: CanvasRenderingContext2D, text: string, width: number): string => {
  if (context.measureText(text).width <= width) return text
  let shorter = text
  while (shorter.length > 1 && context.measureText(`${shorter}…`).width > width)
    shorter = shorter.slice(0, -1)
  return `${shorter}…`
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
const LABELS_MAX = 6

const drawLabels = (
  context: CanvasRenderingContext2D,
  { theme, label, layout }: TopologyPicture,
  flights: readonly Flight[],
): void => {
  context.font = `600 11px ${FONT}`
  context.textAlign = 'left'
  const taken: Box[] = []
  for (const flight of flights.slice(-LABELS_MAX).reverse()) {
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

export const roundRect = (context: CanvasRenderingContext2D, box: Box, radius: number): void => {
  context.beginPath()
  context.roundRect(box.x, box.y, box.width, Math.max(0, box.height), radius)
}

const line = (context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void => {
  context.beginPath()
  context.moveTo(x1, y1)
  context.lineTo(x2, y2)
  context.stroke()
}
