/**
 * What the drawings of the topology share: the picture they draw, letters and lines.
 */
import type { Micros } from '../../core/micros.ts'
import type { Layout } from './layout.ts'
import type { Box } from './places.ts'
import type { Replay } from '../replay/model.ts'
import type { ColourOf, Theme } from './theme.ts'

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
  readonly broken: ReadonlyMap<string, readonly string[]>
  /** In a word, for a label beside the packet. */
  readonly label: (frame: number) => string
}

export const FONT = 'system-ui, "Segoe UI", Roboto, sans-serif'

export const roundRect = (context: CanvasRenderingContext2D, box: Box, radius: number): void => {
  context.beginPath()
  context.roundRect(box.x, box.y, box.width, Math.max(0, box.height), radius)
}

export const line = (
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void => {
  context.beginPath()
  context.moveTo(x1, y1)
  context.lineTo(x2, y2)
  context.stroke()
}
