/**
 * Draws one picture of the topology: what stands, how each machine is doing at the moment, and packets on their way.
 * Does not know when to draw.
 */
import { drawFlights } from './flights.ts'
import { FONT, type TopologyPicture, line, roundRect } from './shapes.ts'
import { drawMachine } from './machine.ts'
import { statusAt } from '../replay/replay.ts'

export const drawTopology = (context: CanvasRenderingContext2D, picture: TopologyPicture): void => {
  const { layout } = picture
  context.clearRect(0, 0, layout.width, layout.height)
  context.textBaseline = 'middle'
  drawSubnets(context, picture)
  drawRouters(context, picture)
  drawServers(context, picture)
  drawMachines(context, picture)
  drawFlights(context, picture)
}

const drawSubnets = (context: CanvasRenderingContext2D, { layout, theme, broken }: TopologyPicture): void => {
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
    const cut = broken.has(subnet.name)
    if (cut) {
      context.fillStyle = theme.bad
      context.fillText('cut', subnet.x + 30 + offset + context.measureText(subnet.cidr).width, subnet.y + 13)
    }
    context.strokeStyle = cut ? theme.bad : theme.faint
    context.setLineDash(cut ? [6, 5] : [])
    context.lineWidth = 2.5
    line(context, subnet.busLeft, subnet.busY, subnet.busRight, subnet.busY)
    context.setLineDash([])
  }
}

const drawRouters = (context: CanvasRenderingContext2D, { replay, layout, theme }: TopologyPicture): void => {
  const routers = replay.hosts.flatMap((host, index) =>
    host.kind === 'router' ? [{ host, box: layout.hosts[index]!, lane: layout.lanes.get(index)! }] : [],
  )
  context.strokeStyle = theme.faint
  context.lineWidth = 2.5
  for (const { host, box, lane } of routers) {
    const y = box.y + box.height / 2
    line(context, lane, y, box.x + box.width / 2, y)
    for (const { subnet } of host.router.joins) {
      const place = layout.subnets.find(({ name }) => name === subnet)
      if (!place) continue
      line(context, place.busRight, place.busY, lane, place.busY)
      line(context, lane, place.busY, lane, y)
    }
  }
  for (const { host, box } of routers) {
    context.fillStyle = theme.panel
    roundRect(context, box, 15)
    context.fill()
    context.lineWidth = 1.5
    context.stroke()
    context.fillStyle = theme.ink
    context.font = `600 12px ${FONT}`
    context.textAlign = 'center'
    context.fillText(
      fitted(context, host.name, box.width - 12),
      box.x + box.width / 2,
      box.y + box.height / 2,
    )
  }
  context.font = `10.5px ${FONT}`
  for (const list of layout.relayLists) {
    const text = fitted(context, list.text, list.width)
    const width = context.measureText(text).width
    context.fillStyle = theme.panel
    context.fillRect(list.x - width / 2 - 3, list.y - 6, width + 6, 12)
    context.fillStyle = theme.faint
    context.fillText(text, list.x, list.y)
  }
}

const drawServers = (context: CanvasRenderingContext2D, picture: TopologyPicture): void => {
  const { replay, layout, theme, colourOf, broken } = picture
  context.textAlign = 'left'
  replay.hosts.forEach((host, index) => {
    if (host.kind !== 'server') return
    const box = layout.hosts[index]!
    const subnet = layout.subnets.find(({ name }) => name === host.server.on)
    const outage = broken.get(host.name)
    const colour = outage ? theme.bad : colourOf(host.name)
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
    context.fillStyle = outage ? theme.bad : theme.faint
    context.font = `11px ${FONT}`
    const second = outage ? outageText(outage) : host.server.role
    context.fillText(fitted(context, second, box.width - 16), box.x + 11, box.y + 26)
  })
}

const outageText = (services: readonly string[]): string =>
  services.includes('') ? 'stopped' : `${services.join(', ')} stopped`.toUpperCase()

const drawMachines = (context: CanvasRenderingContext2D, picture: TopologyPicture): void => {
  const { replay, layout, at, theme, colourOf } = picture
  context.font = LABEL_FONT
  for (const machine of replay.machines) {
    const box = layout.hosts[machine.host]!
    drawMachine(context, box, {
      standing: statusAt(machine, at),
      colour: colourOf(machine.result.pxeServer ?? machine.result.leaseFrom),
      theme,
      label: box.width > 20 ? shortName(context, machine.result.name, box.width + 6) : '',
      marked: machine.index === picture.machine,
      hovered: machine.host === picture.hovered,
    })
  }
}

const LABEL_FONT = `10.5px ${FONT}`

/** Whole where there is room; else the number stays, and what it counts is cut: `lapt…14`. */
const shortName = (context: CanvasRenderingContext2D, name: string, width: number): string => {
  if (context.measureText(name).width <= width) return name
  const [, group = name, number = ''] = /^(.*?)-?(\d+)$/.exec(name) ?? []
  for (let length = group.length - 1; length > 0; length--) {
    const text = `${group.slice(0, length)}…${number}`
    if (context.measureText(text).width <= width) return text
  }
  return number
}

const fitted = (context: CanvasRenderingContext2D, text: string, width: number): string => {
  if (context.measureText(text).width <= width) return text
  let shorter = text
  while (shorter.length > 1 && context.measureText(`${shorter}…`).width > width)
    shorter = shorter.slice(0, -1)
  return `${shorter}…`
}
