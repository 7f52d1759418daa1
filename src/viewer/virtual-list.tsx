/**
 * A list of any length, in one column or several, of which only the rows in sight exist. Rows have one height.
 * Keyboard: arrows move, and what is current is always in sight. Does not know what a row is.
 */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks'
import { useSize } from './hooks.ts'

export interface VirtualListProps {
  readonly label: string
  readonly count: number
  readonly rowHeight: number
  /** Default 1: items beside each other. */
  readonly columns?: number
  /** Brought into sight when it changes; -1: none. */
  readonly current: number
  /** The row that is chosen; -1: none. */
  readonly chosen: number
  readonly onChoose: (index: number) => void
  readonly row: (index: number) => ComponentChildren
  readonly id: string
  readonly class?: string
  readonly rowClass?: (index: number) => string
}

/** Rows outside of sight that exist nevertheless: scrolling does not show gaps. */
const MARGIN = 6

export const VirtualList = (props: VirtualListProps) => {
  const { count, rowHeight, current, chosen, columns = 1 } = props
  const rowCount = Math.ceil(count / columns)
  const viewport = useRef<HTMLDivElement>(null)
  const { height } = useSize(viewport)
  const [, again] = useReducer<number, void>(count => count + 1, 0)
  const top = useRef(0)
  const shown = useRef({ current: -1, height: 0 })
  if (height > 0 && (shown.current.current !== current || shown.current.height !== height)) {
    shown.current = { current, height }
    top.current = followed(
      top.current,
      Math.floor(current / columns) * rowHeight,
      rowHeight,
      height,
      rowCount * rowHeight,
    )
  }
  useLayoutEffect(() => {
    // Known to the row: asking the element would make the browser lay out everything twice.
    if (viewport.current) viewport.current.scrollTop = top.current
  }, [current, height])
  const first = Math.max(0, Math.floor(top.current / rowHeight) - MARGIN) * columns
  const last = Math.min(count, (Math.ceil((top.current + height) / rowHeight) + MARGIN) * columns)
  const rows = []
  for (let i = first; i < last; i++)
    rows.push(
      <div
        // By place: rows are used again for what comes into sight.
        key={i - first}
        id={`${props.id}-${i}`}
        role="option"
        aria-selected={i === chosen}
        aria-posinset={i + 1}
        aria-setsize={count}
        class={`row ${i === chosen ? 'chosen' : ''} ${i === current ? 'current' : ''} ${props.rowClass?.(i) ?? ''}`}
        style={{
          top: `${Math.floor(i / columns) * rowHeight}px`,
          height: `${rowHeight}px`,
          ...(columns > 1 && { left: `${((i % columns) * 100) / columns}%`, width: `${100 / columns}%` }),
        }}
        onClick={() => props.onChoose(i)}
      >
        {props.row(i)}
      </div>,
    )
  const inSight = chosen >= first && chosen < last
  return (
    <div
      ref={viewport}
      class={`virtual-list ${props.class ?? ''}`}
      role="listbox"
      tabIndex={0}
      aria-label={props.label}
      {...(inSight && { 'aria-activedescendant': `${props.id}-${chosen}` })}
      onScroll={event => {
        const { scrollTop } = event.currentTarget
        if (Math.abs(scrollTop - top.current) < 1) return
        top.current = scrollTop
        again()
      }}
      onKeyDown={event => {
        const page = Math.floor(height / rowHeight)
        const next = moved(event.key, chosen < 0 ? current : chosen, { count, page, columns })
        if (next === undefined) return
        event.preventDefault()
        event.stopPropagation()
        props.onChoose(next)
      }}
    >
      <div class="virtual-rows" role="presentation" style={{ height: `${rowCount * rowHeight}px` }}>
        {rows}
      </div>
    </div>
  )
}

/** The least scrolling that shows the row at `y`, or a jump that leaves room after it. */
const followed = (top: number, y: number, row: number, height: number, all: number): number => {
  const wanted = y < 0 || (y >= top && y + row <= top + height) ? top : y - height * 0.6
  return Math.round(Math.max(0, Math.min(wanted, all - height)))
}

const moved = (
  key: string,
  from: number,
  { count, page, columns }: { count: number; page: number; columns: number },
): number | undefined => {
  if (count === 0) return undefined
  const to = {
    ArrowDown: from + columns,
    ArrowUp: from - columns,
    ...(columns > 1 && { ArrowRight: from + 1, ArrowLeft: from - 1 }),
    PageDown: from + page * columns,
    PageUp: from - page * columns,
    Home: 0,
    End: count,
  }[key]
  return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to))
}
