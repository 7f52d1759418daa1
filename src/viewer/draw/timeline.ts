/**
 * Draws the time line: how many packets when, choices, faults, evidence of findings, steps of the tour, the machine
 * that is looked at, and the moment. Does not know when to draw.
 */
import type { Micros } from '../../core/micros.ts'
import { SECOND, formatSpan } from '../../core/micros.ts'
import { countUpTo } from '../../core/search.ts'
import type { Replay } from '../replay/model.ts'
import type { ColourOf, Theme } from './theme.ts'

/** The part of the run that is seen. */
export interface Window {
  readonly from: Micros
  readonly to: Micros
}

export interface TimelinePicture {
  readonly replay: Replay
  readonly theme: Theme
  readonly colourOf: ColourOf
  readonly width: number
  readonly height: number
  readonly window: Window
  readonly at: Micros
  readonly machine: number | undefined
}

const AXIS = 16
const MARKS = 12

/** What does not change while time passes: drawn once and kept as an image. */
export const drawTimelineGround = (context: CanvasRenderingContext2D, picture: TimelinePicture): void => {
  const { width, height, theme, replay } = picture
  context.clearRect(0, 0, width, height)
  context.fillStyle = theme.surface
  context.fillRect(0, MARKS, width, height - AXIS - MARKS)
  drawMachineSpan(context, picture)
  drawHistogram(context, picture)
  drawAxis(context, picture)
  if (!replay.trace) return
  for (const { at, machine } of replay.choices) {
    const own = picture.machine === undefined || machine === picture.machine
    tick(context, picture, at, own ? theme.warn : theme.line, own ? 12 : 5)
  }
  for (const at of replay.faults) tick(context, picture, at, theme.bad, height - AXIS - MARKS, 2)
  drawSigns(context, picture)
}

const xOf = ({ window, width }: TimelinePicture, at: Micros): number =>
  ((at - window.from) / (window.to - window.from)) * width

const drawMachineSpan = (context: CanvasRenderingContext2D, picture: TimelinePicture): void => {
  const machine = picture.replay.machines[picture.machine ?? -1]
  if (!machine) return
  const { theme, height, colourOf } = picture
  const left = xOf(picture, Math.min(machine.poweredOn, picture.replay.end))
  const right = xOf(picture, Math.min(machine.ended, picture.replay.end))
  context.fillStyle = colourOf(machine.result.pxeServer)
  context.globalAlpha = theme.dark ? 0.16 : 0.14
  context.fillRect(left, MARKS, right - left, height - AXIS - MARKS)
  context.globalAlpha = 1
}

const BAR = 3

const drawHistogram = (context: CanvasRenderingContext2D, picture: TimelinePicture): void => {
  const { replay, window, width, height, theme } = picture
  const { frames } = replay
  const bars = Math.max(1, Math.floor(width / BAR))
  const counts = new Uint32Array(bars)
  const valueAt = (index: number) => frames.at[index]!
  const last = countUpTo(frames.count, valueAt, window.to)
  const scale = bars / (window.to - window.from)
  for (let i = countUpTo(frames.count, valueAt, window.from - 1); i < last; i++)
    counts[Math.min(bars - 1, Math.floor((frames.at[i]! - window.from) * scale))]!++
  const most = Math.log1p(counts.reduce((max, one) => Math.max(max, one), 1))
  const room = height - AXIS - MARKS - 14
  context.fillStyle = theme.faint
  context.globalAlpha = 0.75
  for (let i = 0; i < bars; i++) {
    if (counts[i] === 0) continue
    const tall = Math.max(1.5, (Math.log1p(counts[i]!) / most) * room)
    context.fillRect(i * BAR, height - AXIS - tall, BAR - 1, tall)
  }
  context.globalAlpha = 1
}

const tick = (
  context: CanvasRenderingContext2D,
  picture: TimelinePicture,
  at: Micros,
  colour: string,
  tall: number,
  wide = 1.4,
): void => {
  context.fillStyle = colour
  context.fillRect(xOf(picture, at) - wide / 2, MARKS, wide, tall)
}

const STEPS = [1, 2, 5]

const drawAxis = (context: CanvasRenderingContext2D, picture: TimelinePicture): void => {
  const { window, width, height, theme } = picture
  const wanted = (window.to - window.from) / Math.max(2, width / 90)
  let step = 1
  for (let i = 0; step < wanted; i++) step = STEPS[i % 3]! * 10 ** Math.floor(i / 3)
  context.font = '11px system-ui, sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  const digits = Math.max(0, Math.min(6, 6 - Math.floor(Math.log10(step))))
  for (let at = Math.ceil(window.from / step) * step; at <= window.to; at += step) {
    const x = xOf(picture, at)
    context.fillStyle = theme.line
    context.fillRect(x, height - AXIS, 1, 4)
    context.fillStyle = theme.faint
    const half = 22
    context.fillText(
      `${(at / SECOND).toFixed(digits)} s`,
      Math.min(width - half, Math.max(half, x)),
      height - 5,
    )
  }
}

/** Above the bars: triangles for evidence, numbers for steps of the tour. */
const drawSigns = (context: CanvasRenderingContext2D, picture: TimelinePicture): void => {
  const { replay, theme } = picture
  const { result, site } = replay.recording
  for (const finding of result.findings)
    for (const { seconds } of finding.evidence) {
      const x = xOf(picture, seconds * SECOND)
      context.fillStyle = finding.severity === 'error' ? theme.bad : theme.warn
      context.beginPath()
      context.moveTo(x - 4, 4)
      context.lineTo(x + 4, 4)
      context.lineTo(x, 11)
      context.fill()
    }
  context.font = '600 10px system-ui, sans-serif'
  site?.steps.forEach(({ seconds }, index) => {
    if (seconds === null) return
    const x = Math.min(picture.width - 6, Math.max(6, xOf(picture, seconds * SECOND)))
    context.fillStyle = theme.accent
    context.beginPath()
    context.arc(x, 6, 6, 0, 2 * Math.PI)
    context.fill()
    context.fillStyle = theme.panel
    context.fillText(String(index + 1), x, 6.5)
  })
}

export const drawPlayhead = (context: CanvasRenderingContext2D, picture: TimelinePicture): void => {
  const { theme, height } = picture
  const x = xOf(picture, picture.at)
  context.fillStyle = theme.accent
  context.fillRect(x - 1, MARKS - 2, 2, height - AXIS - MARKS + 2)
  context.beginPath()
  context.moveTo(x - 6, MARKS - 6)
  context.lineTo(x + 6, MARKS - 6)
  context.lineTo(x, MARKS + 3)
  context.fill()
}

export const windowText = ({ from, to }: Window): string => `shows ${formatSpan(to - from)}`
