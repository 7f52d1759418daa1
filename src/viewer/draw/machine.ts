/**
 * One machine in the topology: a monitor whose look says how it is doing and whose colour says which server won it.
 * Below a certain size only the colour and the fill are left.
 */
import type { Box } from './places.ts'
import type { Theme } from './theme.ts'
import type { MachineStatus } from '../replay/replay.ts'

export interface MachineLook {
  readonly standing: MachineStatus
  readonly colour: string
  readonly theme: Theme
  /** Empty: none. */
  readonly label: string
  readonly marked: boolean
  readonly hovered: boolean
}

export const drawMachine = (context: CanvasRenderingContext2D, box: Box, look: MachineLook): void => {
  const { standing, theme } = look
  const screen = look.label === '' ? box : { ...box, height: box.height - 11 }
  const colour = standing === 'failed' ? theme.bad : look.colour
  const small = box.width < 12
  if (small) drawDot(context, box, standing, colour, theme)
  else drawMonitor(context, screen, standing, colour, theme)
  if (look.marked || look.hovered) {
    context.strokeStyle = look.marked ? theme.accent : theme.faint
    context.lineWidth = 2
    context.beginPath()
    context.roundRect(box.x - 2.5, box.y - 2.5, box.width + 5, box.height + 5, 5)
    context.stroke()
  }
  if (look.label === '') return
  context.textAlign = 'center'
  context.fillStyle = look.marked ? theme.ink : theme.faint
  context.font = `${look.marked ? '600 ' : ''}10.5px system-ui, sans-serif`
  context.fillText(look.label, box.x + box.width / 2, box.y + box.height - 4)
}

const drawDot = (
  context: CanvasRenderingContext2D,
  box: Box,
  standing: MachineStatus,
  colour: string,
  theme: Theme,
): void => {
  context.fillStyle = standing === 'off' ? theme.line : standing === 'booting' ? theme.ink : colour
  context.globalAlpha = standing === 'off' ? 0.5 : 1
  if (standing === 'localDisk') {
    context.strokeStyle = colour
    context.lineWidth = Math.max(1, box.width / 5)
    context.strokeRect(box.x + 1, box.y + 1, Math.max(1, box.width - 2), Math.max(1, box.height - 2))
  } else context.fillRect(box.x, box.y, box.width, box.height)
  context.globalAlpha = 1
}

const drawMonitor = (
  context: CanvasRenderingContext2D,
  box: Box,
  standing: MachineStatus,
  colour: string,
  theme: Theme,
): void => {
  const filled = standing === 'booted' || standing === 'failed'
  context.beginPath()
  context.roundRect(box.x, box.y, box.width, box.height, Math.min(4, box.width / 5))
  context.fillStyle = filled ? colour : standing === 'off' ? theme.surface : '#05070a'
  context.fill()
  context.lineWidth = standing === 'off' || standing === 'booting' ? 1.2 : 2.2
  context.strokeStyle = standing === 'off' ? theme.line : standing === 'booting' ? theme.faint : colour
  context.stroke()
  drawSign(context, box, standing, filled ? theme.panel : colour)
}

const drawSign = (
  context: CanvasRenderingContext2D,
  box: Box,
  standing: MachineStatus,
  colour: string,
): void => {
  const x = box.x + box.width / 2
  const y = box.y + box.height / 2
  const r = Math.min(box.width, box.height) * 0.24
  context.strokeStyle = colour
  context.fillStyle = colour
  context.lineWidth = Math.max(1.4, r * 0.45)
  context.lineCap = 'round'
  context.beginPath()
  if (standing === 'booted') {
    context.moveTo(x - r, y)
    context.lineTo(x - r * 0.2, y + r * 0.8)
    context.lineTo(x + r * 1.1, y - r * 0.8)
    context.stroke()
  } else if (standing === 'failed') {
    context.moveTo(x - r, y - r)
    context.lineTo(x + r, y + r)
    context.moveTo(x + r, y - r)
    context.lineTo(x - r, y + r)
    context.stroke()
  } else if (standing === 'localDisk') {
    context.ellipse(x, y - r * 0.7, r * 1.1, r * 0.45, 0, 0, 2 * Math.PI)
    context.moveTo(x - r * 1.1, y - r * 0.7)
    context.lineTo(x - r * 1.1, y + r * 0.7)
    context.ellipse(x, y + r * 0.7, r * 1.1, r * 0.45, 0, Math.PI, 0, true)
    context.lineTo(x + r * 1.1, y - r * 0.7)
    context.stroke()
  } else if (standing === 'booting') {
    context.fillStyle = '#cfd8e3'
    context.fillRect(box.x + box.width * 0.18, y - 1, box.width * 0.34, 2)
  } else if (standing === 'decided') {
    context.arc(x, y, r * 0.7, 0, 2 * Math.PI)
    context.fill()
  }
  context.lineCap = 'butt'
}
