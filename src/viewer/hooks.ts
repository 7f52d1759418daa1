/**
 * What the components share: a value that follows the player, the size of an element, the theme, a canvas that is
 * sharp on every screen. Does not draw.
 */
import { type RefObject } from 'preact'
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'
import type { Micros } from '../core/micros.ts'
import { onThemeChange, theme } from './draw/palette.ts'
import type { Theme } from './draw/theme.ts'
import type { Player } from './replay/player.ts'

/** Renders again only when `select` gives something else. */
export const usePlayed = <T>(player: Player, select: (at: Micros, player: Player) => T): T => {
  const [, again] = useReducer<number, void>(count => count + 1, 0)
  const selector = useRef(select)
  selector.current = select
  const value = select(player.at, player)
  const shown = useRef(value)
  shown.current = value
  useLayoutEffect(
    () =>
      player.subscribe(() => {
        if (selector.current(player.at, player) !== shown.current) again()
      }),
    [player],
  )
  return value
}

/** Pictures for which time stood still before something dear is drawn. */
const SETTLED = 8

/** As `usePlayed`, but not before time stands still: scrubbing shows hundreds of moments that nobody reads. */
export const useSettled = <T>(player: Player, select: (at: Micros, player: Player) => T): T => {
  const [, again] = useReducer<number, void>(count => count + 1, 0)
  const selector = useRef(select)
  selector.current = select
  const shown = useRef<{ readonly player: Player; readonly value: T } | undefined>()
  if (shown.current?.player !== player) shown.current = { player, value: select(player.at, player) }
  useEffect(() => {
    let [left, asked] = [0, 0]
    const settle = () => {
      const value = selector.current(player.at, player)
      if (value === shown.current?.value) return
      shown.current = { player, value }
      again()
    }
    const wait = () => {
      asked = 0
      if (--left > 0) asked = requestAnimationFrame(wait)
      else settle()
    }
    const stop = player.subscribe(() => {
      left = SETTLED
      if (asked === 0) asked = requestAnimationFrame(wait)
    })
    if (!player.playing) settle()
    return () => {
      stop()
      cancelAnimationFrame(asked)
    }
  })
  return shown.current.value
}

export interface Size {
  readonly width: number
  readonly height: number
}

export const useSize = (element: RefObject<HTMLElement>): Size => {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const { current } = element
    if (!current) return undefined
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = current
      setSize(last => (last.width === width && last.height === height ? last : { width, height }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(current)
    return () => observer.disconnect()
  }, [element])
  return size
}

export const useTheme = (): Theme => {
  const [current, setCurrent] = useState(theme)
  useEffect(() => onThemeChange(() => setCurrent(theme())), [])
  return current
}

/** Calls `draw` in the next frame after anything it depends on changed, and with every tick of the player. */
export const useDrawing = (player: Player, draw: () => void): void => {
  const latest = useRef(draw)
  latest.current = draw
  const asked = useRef(0)
  const ask = () => {
    if (asked.current !== 0) return
    asked.current = requestAnimationFrame(() => {
      asked.current = 0
      latest.current()
    })
  }
  useEffect(() => {
    ask()
  })
  useEffect(() => player.subscribe(ask), [player])
}

/** A context scaled to the device's pixels; undefined while the canvas has no size. */
export const contextOf = (
  canvas: HTMLCanvasElement | null,
  { width, height }: Size,
): CanvasRenderingContext2D | undefined => {
  if (!canvas || width <= 0 || height <= 0) return undefined
  const scale = devicePixelRatio || 1
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)]
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w
    canvas.height = h
  }
  const context = canvas.getContext('2d')
  context?.setTransform(scale, 0, 0, scale, 0, 0)
  return context ?? undefined
}
