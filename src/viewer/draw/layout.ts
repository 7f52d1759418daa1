/**
 * Where everything stands in the topology: subnets as panels with a bus, servers above it, machines below it, routers
 * at the right with a line to each bus they join. Geometry only; does not draw.
 */
import type { Box, SubnetPlace } from './places.ts'
import { type RouterPlaces, placeRouters, routerMargin } from './layout-routers.ts'
import type { Replay } from '../replay/model.ts'

export interface Layout extends RouterPlaces {
  readonly width: number
  /** Many subnets need more than was given: then the picture scrolls. */
  readonly height: number
  readonly subnets: readonly SubnetPlace[]
  /** By index of the host. */
  readonly hosts: readonly Box[]
}

const GAP = 10
const PAD = 12
const TITLE = 22
const SERVER = { width: 132, height: 36 }
/** Side of a machine's cell. */
const CELL = { max: 76, min: 4, comfortable: 12 }

export const layoutOf = (replay: Replay, width: number, height: number): Layout => {
  const names = replay.recording.site?.subnets ?? []
  const hosts: Box[] = replay.hosts.map(() => ({ x: 0, y: 0, width: 0, height: 0 }))
  const machinesOn = names.map(({ name }) => replay.machines.filter(({ result }) => result.subnet === name))
  const serversOn = names.map(({ name }) =>
    replay.hosts.flatMap((host, index) => (host.kind === 'server' && host.server.on === name ? [index] : [])),
  )
  const panelWidth = width - routerMargin(replay)
  const inner = panelWidth - 2 * PAD
  const serverRows = serversOn.map(servers => Math.ceil(servers.length / serversPerRow(inner)))
  const fixed = serverRows.map(rows => TITLE + rows * (SERVER.height + PAD) + PAD)
  const needed = machinesOn.map(machines => leastHeight(machines.length, inner))
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
  const free = height - sum(fixed) - sum(needed) - GAP * (names.length - 1)
  const weights = machinesOn.map(machines => (machines.length === 0 ? 0 : Math.sqrt(machines.length) + 2))
  const subnets: SubnetPlace[] = []
  const areas: Box[] = []
  let y = 0
  names.forEach(({ name, cidr }, i) => {
    const extra = (Math.max(0, free) * weights[i]!) / Math.max(1, sum(weights))
    const panel = { x: 0, y, width: panelWidth, height: fixed[i]! + needed[i]! + extra }
    const busY = y + fixed[i]! - PAD
    subnets.push({ name, cidr, ...panel, busY: busY + PAD / 2, busLeft: PAD, busRight: panelWidth - PAD })
    placeServers(serversOn[i]!, hosts, inner, y + TITLE)
    areas.push({ x: PAD, y: busY + PAD + 4, width: inner, height: panel.y + panel.height - busY - PAD - 8 })
    y += panel.height + GAP
  })
  const cells = machinesOn.map((machines, i) => cellFor(machines.length, areas[i]!))
  const cell = Math.min(CELL.max, ...cells.filter((_, i) => machinesOn[i]!.length > 0))
  names.forEach((_, i) => placeMachines(machinesOn[i]!, hosts, areas[i]!, cell))
  return {
    width,
    height: Math.max(height, y - GAP),
    subnets,
    hosts,
    ...placeRouters(replay, hosts, subnets, width),
  }
}

const serversPerRow = (width: number): number => Math.max(1, Math.floor((width + GAP) / (SERVER.width + GAP)))

const placeServers = (indices: readonly number[], hosts: Box[], room: number, y: number): void => {
  const perRow = serversPerRow(room)
  indices.forEach((index, i) => {
    hosts[index] = {
      x: PAD + (i % perRow) * (SERVER.width + GAP),
      y: y + Math.floor(i / perRow) * (SERVER.height + PAD),
      width: Math.min(SERVER.width, room),
      height: SERVER.height,
    }
  })
}

/** With cells in which a machine can still be seen. */
const leastHeight = (machines: number, width: number): number => {
  if (machines === 0) return 6
  const side = machines <= 40 ? 24 : CELL.comfortable
  return Math.ceil(machines / Math.max(1, Math.floor(width / side))) * side + PAD
}

/** The largest side with which all fit. */
const cellFor = (count: number, area: Box): number => {
  for (let side = CELL.max; side > CELL.min; side--) {
    const columns = Math.max(1, Math.floor(area.width / side))
    if (Math.ceil(count / columns) * side <= area.height) return side
  }
  return CELL.min
}

const placeMachines = (
  machines: readonly { readonly host: number }[],
  hosts: Box[],
  area: Box,
  cell: number,
): void => {
  const columns = Math.max(1, Math.floor(area.width / cell))
  // Rows of like length look better than one full and one nearly empty.
  const rows = Math.max(1, Math.ceil(machines.length / columns))
  const perRow = Math.ceil(machines.length / rows)
  const step = Math.min(area.width / Math.max(1, perRow), cell * 1.25)
  const inset = cell > 44 ? 6 : cell > 20 ? 4 : cell > 8 ? 1.5 : 0.5
  machines.forEach(({ host }, i) => {
    hosts[host] = {
      x: area.x + (i % perRow) * step + inset,
      y: area.y + Math.floor(i / perRow) * cell + inset,
      width: cell - 2 * inset,
      height: cell - 2 * inset,
    }
  })
}

/** The host at a point: what was drawn last lies on top. */
export const hostAt = (layout: Layout, x: number, y: number): number => {
  for (let i = layout.hosts.length - 1; i >= 0; i--) {
    const box = layout.hosts[i]!
    if (x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) return i
  }
  return -1
}
