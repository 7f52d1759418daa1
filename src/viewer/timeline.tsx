/**
 * The time line and its controls: play, pause, speed, steps, scrub, zoom. Everything is reachable by keyboard.
 */
import { useMemo, useRef, useState } from 'preact/hooks'
import { type Micros, SECOND, formatSeconds } from '../core/micros.ts'
import { type TimelinePicture, type Window, drawPlayhead, drawTimelineGround } from './draw/timeline.ts'
import { contextOf, useDrawing, usePlayed, useSize } from './hooks.ts'
import { SPEEDS, speedText } from './replay/player.ts'
import { type Session, useSession } from './session.ts'
import { stepChoice, stepFrame } from './replay/steps.ts'

/** No nearer than this: a packet's way takes as long. */
const NEAREST: Micros = 200

/** Of a run that has only begun, as much is shown. */
const LIVE_LEAST: Micros = 10 * SECOND

export const Timeline = ({ onKeys }: { onKeys: () => void }) => {
  const session = useSession()
  const { replay, player } = session
  const [zoom, setZoom] = useState<Window | undefined>()
  const at = usePlayed(player, now => now)
  const growing = usePlayed(player, () => player.growing)
  const whole = useMemo(
    () => ({ from: 0, to: Math.max(1, replay.end, growing ? LIVE_LEAST : 0) }),
    [replay.end, growing],
  )
  const window = useMemo(() => inSight(zoom ?? whole, at, whole.to), [zoom, whole, at])
  const scale = (factor: number, middle: Micros) => setZoom(zoomed(window, factor, middle, whole.to))
  return (
    <section class="panel timeline" aria-label="Time line">
      <div class="controls">
        <Buttons session={session} />
        <label class="speed">
          <span>Speed</span>
          <Speed session={session} />
        </label>
        <Moment session={session} />
        <span class="spring" />
        <div class="group" role="group" aria-label="Zoom of the time line">
          <button
            type="button"
            onClick={() => scale(0.25, at)}
            aria-label="Zoom in on this moment"
            title="Zoom in (+)"
          >
            +
          </button>
          <button type="button" onClick={() => scale(4, at)} aria-label="Zoom out" title="Zoom out (-)">
            −
          </button>
          <button type="button" onClick={() => setZoom(undefined)} title="Show the whole run">
            Whole run
          </button>
          <button type="button" onClick={onKeys} aria-label="Keys" title="Keys (?)">
            ?
          </button>
        </div>
      </div>
      <Track window={window} at={at} onScale={scale} />
    </section>
  )
}

/** The moment stays in sight when it leaves the part that is shown. */
const inSight = (zoom: Window, at: Micros, end: Micros): Window => {
  if (at >= zoom.from && at <= zoom.to) return zoom
  const width = zoom.to - zoom.from
  const from = Math.max(0, Math.min(end - width, at - width / 2))
  return { from, to: from + width }
}

const zoomed = ({ from, to }: Window, factor: number, middle: Micros, end: Micros): Window => {
  const width = Math.min(end, Math.max(NEAREST, (to - from) * factor))
  const share = (middle - from) / (to - from)
  const start = Math.max(0, Math.min(end - width, middle - width * share))
  return { from: start, to: start + width }
}

const Buttons = ({ session }: { session: Session }) => {
  const { player } = session
  const playing = usePlayed(player, () => player.playing)
  return (
    <div class="group" role="group" aria-label="Playing">
      <Step
        label="Previous decision"
        keyName="["
        icon="M4 4v12M16 4l-9 6 9 6z"
        onClick={() => stepChoice(session, -1)}
      />
      <Step
        label="Previous packet"
        keyName=","
        icon="M12 5l-6 5 6 5"
        onClick={() => stepFrame(session, -1)}
      />
      <Step
        label={playing ? 'Pause' : 'Play'}
        keyName="space"
        icon={playing ? 'M6 4v12M13 4v12' : 'M6 4l10 6-10 6z'}
        primary
        onClick={() => player.toggle()}
      />
      <Step label="Next packet" keyName="." icon="M8 5l6 5-6 5" onClick={() => stepFrame(session, 1)} />
      <Step
        label="Next decision"
        keyName="]"
        icon="M16 4v12M4 4l9 6-9 6z"
        onClick={() => stepChoice(session, 1)}
      />
    </div>
  )
}

interface StepProps {
  readonly label: string
  /** What does the same on the keyboard. */
  readonly keyName: string
  /** Path of its icon. */
  readonly icon: string
  readonly primary?: boolean
  readonly onClick: () => void
}

const Step = ({ label, keyName, icon, primary, onClick }: StepProps) => (
  <button
    type="button"
    {...(primary && { class: 'primary' })}
    onClick={onClick}
    aria-label={label}
    title={`${label} (${keyName})`}
  >
    <Icon d={icon} />
  </button>
)

const Icon = ({ d }: { d: string }) => (
  <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
    <path
      d={d}
      fill={d.includes('z') ? 'currentColor' : 'none'}
      stroke="currentColor"
      stroke-width="2"
      stroke-linejoin="round"
      stroke-linecap="round"
    />
  </svg>
)

const Speed = ({ session: { player } }: { session: Session }) => {
  const speed = usePlayed(player, () => player.speed)
  return (
    <select value={String(speed)} onChange={event => player.setSpeed(Number(event.currentTarget.value))}>
      {SPEEDS.map(one => (
        <option key={one} value={String(one)}>
          {speedText(one)}
        </option>
      ))}
    </select>
  )
}

const Moment = ({ session: { player, replay, machine } }: { session: Session }) => {
  const at = usePlayed(player, now => now)
  const chosen = replay.machines[machine ?? -1]
  const since = chosen && at >= chosen.poweredOn ? at - chosen.poweredOn : undefined
  return (
    <output class="moment">
      <b>{formatSeconds(at)} s</b>
      {since !== undefined && (
        <span>
          {chosen!.result.name} + {formatSeconds(since)} s
        </span>
      )}
    </output>
  )
}

interface TrackProps {
  readonly window: Window
  readonly at: Micros
  readonly onScale: (factor: number, middle: Micros) => void
}

const Track = ({ window, at, onScale }: TrackProps) => {
  const { replay, player, theme, colourOf, machine } = useSession()
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const size = useSize(frame)
  const ground = useMemo(() => document.createElement('canvas'), [])
  const drawn = useRef('')
  const key = [window.from, window.to, size.width, size.height, theme.dark, machine, devicePixelRatio].join(
    ' ',
  )
  const known = useRef(replay)
  useDrawing(player, () => {
    const context = contextOf(canvas.current, size)
    if (!context) return
    const picture: TimelinePicture = { replay, theme, colourOf, ...size, window, at: player.at, machine }
    if (drawn.current !== key || known.current !== replay) {
      const below = contextOf(ground, size)
      if (below) drawTimelineGround(below, picture)
      drawn.current = key
      known.current = replay
    }
    context.clearRect(0, 0, size.width, size.height)
    context.drawImage(ground, 0, 0, size.width, size.height)
    drawPlayhead(context, picture)
  })
  const timeOf = (event: MouseEvent): Micros => {
    const box = frame.current!.getBoundingClientRect()
    return window.from + ((event.clientX - box.left) / box.width) * (window.to - window.from)
  }
  return (
    <div
      ref={frame}
      class="track"
      role="slider"
      tabIndex={0}
      aria-label="Moment of the run"
      aria-valuemin={0}
      aria-valuemax={replay.end / SECOND}
      aria-valuenow={at / SECOND}
      aria-valuetext={`${formatSeconds(at)} seconds`}
      onPointerDown={event => {
        event.currentTarget.setPointerCapture(event.pointerId)
        player.pause()
        player.seek(timeOf(event))
      }}
      onPointerMove={event => {
        if (event.buttons & 1) player.seek(timeOf(event))
      }}
      onWheel={event => {
        event.preventDefault()
        onScale(event.deltaY > 0 ? 1.25 : 0.8, timeOf(event))
      }}
      onKeyDown={event => {
        const width = window.to - window.from
        const step = {
          ArrowLeft: -width / 100,
          ArrowRight: width / 100,
          PageUp: -width / 10,
          PageDown: width / 10,
        }[event.key]
        if (event.key === 'Home') player.seek(0)
        else if (event.key === 'End') player.seek(replay.end)
        else if (step !== undefined) player.seek(player.at + step)
        else return
        event.preventDefault()
      }}
    >
      <canvas
        ref={canvas}
        aria-hidden="true"
        style={{ width: `${size.width}px`, height: `${size.height}px` }}
      />
    </div>
  )
}
