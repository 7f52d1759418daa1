/**
 * The topology on its canvas, with pointer and words. The machine list is its equal for those who do not see it.
 */
import { useMemo, useRef, useState } from 'preact/hooks'
import { SECOND } from '../core/micros.ts'
import { drawTopology } from './draw/topology.ts'
import { brokenAt } from './replay/faults-at.ts'
import { contextOf, useDrawing, usePlayed, useSize } from './hooks.ts'
import { hostAt, layoutOf } from './draw/layout.ts'
import type { Live } from './shell/live.ts'
import { LiveBar } from './shell/live-bar.tsx'
import { HELD, useSession } from './session.ts'
import { PROTOCOLS } from './replay/frame-peek.ts'
import type { Replay } from './replay/model.ts'
import { statusAt } from './replay/replay.ts'
import { WORDS } from './words.ts'

/** Seconds of the viewer's time for which a packet is seen. */
const FLIGHT_SECONDS = 0.7
/** A packet is never seen for longer than this: the next ones would join it. */
const MAX_FLIGHT = 0.5 * SECOND

export const Topology = ({ live }: { live: Live | undefined }) => {
  const session = useSession()
  const { replay, player, theme, colourOf, textOf, machine, filter, frame: chosen } = session
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const size = useSize(frame)
  const [hovered, setHovered] = useState(-1)
  const layout = useMemo(() => layoutOf(replay, size.width, size.height), [replay, size.width, size.height])
  const { frames } = replay
  const everything = filter.protocols.size === PROTOCOLS.length && !filter.ownOnly
  const passes = everything
    ? undefined
    : (index: number) =>
        filter.protocols.has(PROTOCOLS[frames.protocol[index]!]!) &&
        (!filter.ownOnly || machine === undefined || frames.machine[index] === machine)
  const isHeld = () => {
    const since = chosen === undefined || player.playing ? -1 : player.at - frames.at[chosen]!
    return since >= 0 && since <= HELD
  }
  useDrawing(player, () => {
    const context = contextOf(canvas.current, layout)
    if (!context) return
    const ended = !player.playing && player.at >= player.end
    const span = ended ? 0 : Math.min(MAX_FLIGHT, player.speed * FLIGHT_SECONDS * SECOND)
    drawTopology(context, {
      replay,
      layout,
      theme,
      colourOf,
      at: player.at,
      span,
      machine,
      hovered,
      passes,
      held: isHeld() ? chosen : undefined,
      broken: brokenAt(replay.outages, player.at),
      label: index => textOf(index).label,
    })
  })
  const summary = usePlayed(player, at => summaryAt(replay, at))
  const find = (event: MouseEvent) => hostAt(layout, event.offsetX, event.offsetY)
  return (
    <section class="panel topology" aria-label="Topology">
      {live && <LiveBar live={live} />}
      <div class="canvas-frame" ref={frame}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${sites(replay)}. ${summary}.`}
          style={{
            width: `${size.width}px`,
            height: `${layout.height}px`,
            cursor: hovered >= 0 ? 'pointer' : 'default',
          }}
          onMouseMove={event => setHovered(find(event))}
          onMouseLeave={() => setHovered(-1)}
          onClick={event => {
            const host = replay.hosts[find(event)]
            if (host?.kind === 'machine') session.chooseMachine(host.machine.index)
            else if (!host) session.chooseMachine(undefined)
          }}
        />
        {hovered >= 0 && <Tip host={hovered} box={layout.hosts[hovered]!} width={size.width} />}
        {!replay.recording.site && <p class="empty">{missing(replay)}</p>}
      </div>
      <Legend />
    </section>
  )
}

const missing = (replay: Replay): string =>
  replay.damaged
    ? 'The trace in this file is damaged, so packets and topology cannot be shown. Machines, screens and findings are.'
    : 'This result was written without its trace, so packets and topology cannot be shown. Machines, screens and findings are. For the whole run: nbs run FILE --report F.html'

const Tip = ({
  host,
  box,
  width,
}: {
  host: number
  box: { x: number; y: number; width: number; height: number }
  width: number
}) => {
  const { replay, player } = useSession()
  const one = replay.hosts[host]!
  const standing = usePlayed(player, at => (one.kind === 'machine' ? statusAt(one.machine, at) : ''))
  const lines =
    one.kind === 'machine'
      ? [
          one.machine.result.name,
          one.machine.result.mac,
          `${one.machine.result.firmware} ${one.machine.result.profile ?? ''}`,
          WORDS[standing] ?? '',
        ]
      : one.kind === 'server'
        ? [one.name, one.server.address, one.server.role]
        : [one.name, ...one.router.joins.map(({ subnet, address }) => `${subnet}: ${address}`)]
  const left = Math.min(box.x, width - 170)
  return (
    <div class="tip" style={{ left: `${Math.max(4, left)}px`, top: `${box.y + box.height + 6}px` }}>
      {lines.map((line, i) => (i === 0 ? <strong key={i}>{line}</strong> : <span key={i}>{line}</span>))}
    </div>
  )
}

const sites = (replay: Replay): string => {
  const { site } = replay.recording
  const subnets = site?.subnets.map(({ name, cidr }) => `${name} ${cidr}`).join(', ') ?? 'unknown subnets'
  const servers = site?.servers.map(({ name, role, on }) => `${name} (${role}) on ${on}`).join(', ') ?? ''
  return `Subnets ${subnets}. Servers ${servers}`
}

const summaryAt = (replay: Replay, at: number): string => {
  const counts = new Map<string, number>()
  for (const machine of replay.machines) {
    const standing = statusAt(machine, at)
    counts.set(standing, (counts.get(standing) ?? 0) + 1)
  }
  return [...counts].map(([standing, count]) => `${count} ${WORDS[standing]}`).join(', ')
}

const Legend = () => {
  const { replay, colourOf } = useSession()
  const winners = [...new Set(replay.machines.flatMap(({ result }) => result.pxeServer ?? []))].sort()
  return (
    <ul class="legend" aria-label="Legend">
      {winners.map(server => (
        <li key={server}>
          <i class="swatch" style={{ background: colourOf(server) }} /> won by {server}
        </li>
      ))}
      <li>
        <i class="sign">✓</i> booted
      </li>
      <li>
        <i class="sign">⛁</i> local disk
      </li>
      <li>
        <i class="sign bad">✕</i> failed
      </li>
    </ul>
  )
}
