/**
 * Where everything stands in the topology: subnets as panels with a bus, servers above it, machines below it, routers
 * at the right with a line to each bus they join. Geometry only; does not draw.
 */
import type { Replay } from './replay.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface SubnetPlace extends Box {
  readonly name: string
  readonly cidr: string
  readonly busY: number
  readonly busLeft: number
  readonly busRight: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly subnets: readonly SubnetPlace[]
  /** By index of the host. */
  readonly hosts: readonly Box[]
  /** Side of a machine's cell; below 14 there is no room for signs in it. */
  readonly cell: number
  readonly relayLists: readonly { readonly x: number; readonly y: number; readonly text: string }[]
}

const GAP = 10
const PAD = 12
const TITLE = 22
const SERVER = { width: 124, height: 36 }
const ROUTER = { width: 82, height: 30 }
const CELL_MAX = 40

export const layoutOf = (replay: Replay, width: number, height: number): Layout => {
  const { site } = replay.recording
  const names = site?.subnets ?? []
  const hosts: Box[] = replay.hosts.map(() => ({ x: 0, y: 0, width: 0, height: 0 }))
  const machinesOn = names.map(({ name }) => replay.machines.filter(({ result }) => result.subnet === name))
  const serversOn = names.map(({ name }) =>
    replay.hosts.flatMap((host, index) => (host.kind === 'server' && host.server.on === name ? [index] : [])),
  )
  const right = (site?.routers.length ?? 0) > 0 ? ROUTER.width + 2 * PAD : 0
  const panelWidth = width - right - GAP
  const fixed = names.map((_, i) => TITLE + (serversOn[i]!.length > 0 ? SERVER.height + PAD : 0) + 2 * PAD)
  const weights = machinesOn.map(machines => (machines.length === 0 ? 0 : Math.sqrt(machines.length) + 2))
  const free = height - GAP * (names.length - 1) - fixed.reduce((sum, one) => sum + one, 0)
  const weight = weights.reduce((sum, one) => sum + one, 0)
  const subnets: SubnetPlace[] = []
  let y = 0
  let cell = CELL_MAX
  const areas: (Box | undefined)[] = []
  names.forEach(({ name, cidr }, i) => {
    const share = weight > 0 ? (free * weights[i]!) / weight : 0
    const panel = { x: 0, y, width: panelWidth, height: Math.max(fixed[i]!, fixed[i]! + share) }
    const busY = y + TITLE + (serversOn[i]!.length > 0 ? SERVER.height + PAD : 0) + PAD
    subnets.push({ name, cidr, ...panel, busY, busLeft: PAD, busRight: panelWidth - PAD })
    placeServers(serversOn[i]!, hosts, panel, y + TITLE)
    const area = {
      x: PAD,
      y: busY + PAD,
      width: panelWidth - 2 * PAD,
      height: panel.y + panel.height - busY - PAD - 6,
    }
    areas.push(area)
    if (machinesOn[i]!.length > 0) cell = Math.min(cell, cellFor(machinesOn[i]!.length, area))
    y += panel.height + GAP
  })
  names.forEach((_, i) => placeMachines(machinesOn[i]!, hosts, areas[i]!, cell))
  return { width, height, subnets, hosts, cell, relayLists: placeRouters(replay, hosts, subnets, width) }
}

const placeServers = (indices: readonly number[], hosts: Box[], panel: Box, y: number): void => {
  const room = panel.width - 2 * PAD
  const width = Math.min(SERVER.width, (room - GAP * (indices.length - 1)) / Math.max(1, indices.length))
  indices.forEach((index, i) => {
    hosts[index] = { x: PAD + i * (width + GAP), y, width, height: SERVER.height }
  })
}

/** The largest side with which all fit. */
const cellFor = (count: number, area: Box): number => {
  for (let side = CELL_MAX; side > 3; side--) {
    const columns = Math.max(1, Math.floor(area.width / side))
    if (Math.ceil(count / columns) * side <= area.height) return side
  }
  return 3
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
  const step = cell === CELL_MAX ? Math.min(area.width / perRow, CELL_MAX * 1.35) : cell
  machines.forEach(({ host }, i) => {
    const inset = cell > 20 ? 4 : cell > 8 ? 1.5 : 0.5
    hosts[host] = {
      x: area.x + (i % perRow) * step + inset,
      y: area.y + Math.floor(i / perRow) * cell + inset,
      width: cell - 2 * inset,
      height: cell - 2 * inset,
    }
  })
}

const placeRouters = (
  replay: Replay,
  hosts: Box[],
  subnets: readonly SubnetPlace[],
  width: number,
): Layout['relayLists'] => {
  const relayLists: { x: number; y: number; text: string }[] = []
  const routers = replay.hosts.flatMap((host, index) =>
    host.kind === 'router' ? [{ index, router: host.router }] : [],
  )
  routers.forEach(({ index, router }, i) => {
    const buses = subnets.filter(({ name }) => router.joins.some(join => join.subnet === name))
    const top = Math.min(...buses.map(({ busY }) => busY))
    const bottom = Math.max(...buses.map(({ busY }) => busY))
    const stagger = (i - (routers.length - 1) / 2) * (ROUTER.height + 26)
    const y = (top + bottom) / 2 - ROUTER.height / 2 + stagger
    const x = width - ROUTER.width - 4
    hosts[index] = { x, y, width: ROUTER.width, height: ROUTER.height }
    router.relay.forEach(({ subnet, to }, line) => {
      relayLists.push({
        x: x + ROUTER.width / 2,
        y: y + ROUTER.height + 12 + line * 12,
        text: `${subnet} ⇢ ${to.join(', ')}`,
      })
    })
  })
  return relayLists
}

/** The host at a point: what was drawn last lies on top. */
export const hostAt = (layout: Layout, x: number, y: number): number => {
  for (let i = layout.hosts.length - 1; i >= 0; i--) {
    const box = layout.hosts[i]!
    if (x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) return i
  }
  return -1
}
