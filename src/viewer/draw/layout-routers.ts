/**
 * Routers of the topology, at its right: each has a lane of its own, so that no line runs through another's, and its
 * helper lists below it. Geometry only; does not draw.
 */
import type { Box, SubnetPlace } from './places.ts'
import type { Replay } from '../replay/model.ts'

export interface RouterPlaces {
  /** Where the line of a router runs, by index of the host. */
  readonly lanes: ReadonlyMap<number, number>
  readonly relayLists: readonly RelayList[]
}

export interface RelayList {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly text: string
}

const BOX = { width: 86, height: 28 }
const LANE = 22
const LINE = 13
const LISTS = 118

/** How much of the width they take. */
export const routerMargin = (replay: Replay): number => {
  const count = replay.recording.site?.routers.length ?? 0
  return count === 0 ? 0 : LISTS + 12 + (count - 1) * LANE
}

export const placeRouters = (
  replay: Replay,
  hosts: Box[],
  subnets: readonly SubnetPlace[],
  width: number,
): RouterPlaces => {
  const lanes = new Map<number, number>()
  const relayLists: RelayList[] = []
  const routers = replay.hosts.flatMap((host, index) =>
    host.kind === 'router' ? [{ index, router: host.router }] : [],
  )
  const tall = routers.map(({ router }) => BOX.height + 8 + 2 * LINE * router.relay.length)
  const all = tall.reduce((sum, one) => sum + one, 0)
  const joined = routers.flatMap(({ router }) => busesOf(router, subnets))
  const middle = (Math.min(...joined) + Math.max(...joined)) / 2
  const margin = routerMargin(replay)
  let y = Math.max(0, middle - all / 2)
  routers.forEach(({ index, router }, i) => {
    const x = width - LISTS + (LISTS - BOX.width) / 2
    hosts[index] = { x, y, width: BOX.width, height: BOX.height }
    lanes.set(index, routers.length === 1 ? x + BOX.width / 2 : width - margin + 10 + i * LANE)
    router.relay.forEach(({ subnet, to }, line) => {
      const top = y + BOX.height + 9 + 2 * LINE * line
      const place = { x: width - LISTS / 2, width: LISTS - 4 }
      relayLists.push({ ...place, y: top, text: `relays ${subnet} to` })
      relayLists.push({ ...place, y: top + LINE, text: to.join(', ') })
    })
    y += tall[i]!
  })
  return { lanes, relayLists }
}

const busesOf = (
  router: { readonly joins: readonly { readonly subnet: string }[] },
  subnets: readonly SubnetPlace[],
): number[] =>
  subnets.filter(({ name }) => router.joins.some(join => join.subnet === name)).map(({ busY }) => busY)
