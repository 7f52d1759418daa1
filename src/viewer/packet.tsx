/**
 * One packet: its fields as a tree, its bytes below, each lighting up with the other. Does not decode.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Micros, formatSeconds } from '../core/micros.ts'
import { dissect } from './dissect/dissect.ts'
import type { Field } from './dissect/fields.ts'
import { useSettled } from './hooks.ts'
import { countUpTo } from '../core/search.ts'
import { type Session, useSession } from './session.ts'

/** Bytes shown; the rest of a DATA block looks alike. */
const MAX_SHOWN_BYTES = 640

export const Packet = () => {
  const session = useSession()
  const { replay, textOf, player } = session
  const { trace, frames } = replay
  // While time stands still and nothing is chosen, the last packet is what one wants to know about.
  const latest = useSettled(player, (at, { playing }) => (playing ? undefined : latestFrame(session, at)))
  const frame = session.frame ?? latest
  const bytes = useMemo(
    () => (trace && frame !== undefined ? trace.bytes(frames.event[frame]!) : undefined),
    [trace, frame, frames],
  )
  const packet = useMemo(() => (bytes ? dissect(bytes, replay.nameOf) : undefined), [bytes, replay])
  const [lit, setLit] = useState<Field | undefined>()
  if (frame === undefined || !bytes || !packet)
    return (
      <section class="panel packet" aria-label="Packet">
        <h2>Packet</h2>
        <p class="empty">Choose a packet to see its fields and bytes.</p>
      </section>
    )
  const { from, to, text } = textOf(frame)
  return (
    <section class="panel packet" aria-label="Packet">
      <h2>
        Packet {frame + 1}{' '}
        <small>
          {formatSeconds(frames.at[frame]!)} s, {bytes.length} bytes
        </small>
      </h2>
      <p class="summary" title={text}>
        <b>
          {from} → {to}
        </b>{' '}
        {text}
      </p>
      {packet.issues.length > 0 && (
        <ul class="issues">
          {packet.issues.map(issue => (
            <li key={`${issue.code}${issue.offset}`}>
              {issue.message} <small>({issue.reference})</small>
            </li>
          ))}
        </ul>
      )}
      <Tree key={frame} fields={packet.layers} lit={lit} onLight={setLit} />
      <Bytes bytes={bytes} lit={lit} layers={packet.layers} onLight={setLit} />
    </section>
  )
}

const latestFrame = ({ replay: { frames }, passing }: Session, at: Micros): number | undefined => {
  const count = passing ? passing.length : frames.count
  const numberAt = (index: number) => (passing ? passing[index]! : index)
  const place = countUpTo(count, index => frames.at[numberAt(index)]!, at) - 1
  return place < 0 ? undefined : numberAt(place)
}

interface TreeProps {
  readonly fields: readonly Field[]
  readonly lit: Field | undefined
  readonly onLight: (field: Field | undefined) => void
}

interface Visible {
  readonly field: Field
  readonly depth: number
  readonly key: string
}

/** The WAI-ARIA tree: one stop for Tab, arrows within. The last layer is open at first. */
const Tree = ({ fields, lit, onLight }: TreeProps) => {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(openAtFirst(fields)))
  const visible = flattened(fields, open)
  const place = Math.max(
    0,
    visible.findIndex(({ field }) => field === lit),
  )
  const flip = (key: string, wanted?: boolean) => {
    const next = new Set(open)
    if (wanted ?? !open.has(key)) next.add(key)
    else next.delete(key)
    setOpen(next)
  }
  return (
    <div
      class="tree"
      role="tree"
      aria-label="Fields"
      tabIndex={0}
      aria-activedescendant={`field-${visible[place]!.key}`}
      onKeyDown={event => {
        const row = visible[place]!
        if (event.key === 'ArrowDown')
          onLight(visible[Math.min(visible.length - 1, lit ? place + 1 : 0)]!.field)
        else if (event.key === 'ArrowUp') onLight(visible[Math.max(0, place - 1)]!.field)
        else if (event.key === 'ArrowRight') flip(row.key, true)
        else if (event.key === 'ArrowLeft') flip(row.key, false)
        else if (event.key === 'Enter' || event.key === ' ') flip(row.key)
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    >
      {visible.map(({ field, depth, key }) => (
        <div
          key={key}
          id={`field-${key}`}
          role="treeitem"
          aria-level={depth + 1}
          aria-selected={field === lit}
          {...(field.children && { 'aria-expanded': open.has(key) })}
          class={`field ${field === lit ? 'lit' : ''} ${depth === 0 ? 'layer' : ''}`}
          style={{ paddingLeft: `${8 + depth * 15}px` }}
          onMouseEnter={() => onLight(field)}
          onClick={() => {
            onLight(field)
            if (field.children) flip(key)
          }}
        >
          <i class="fold" aria-hidden="true">
            {field.children ? (open.has(key) ? '▾' : '▸') : ''}
          </i>
          <span class="name">{field.label}</span> <span class="value">{field.value}</span>
        </div>
      ))}
    </div>
  )
}

const openAtFirst = (fields: readonly Field[]): string[] => {
  const last = fields.length - 1
  const nested =
    fields[last]?.children?.flatMap((field, i) =>
      field.children && field.label !== 'Header' ? [`${last}.${i}`] : [],
    ) ?? []
  return [String(last), ...nested]
}

const flattened = (fields: readonly Field[], open: ReadonlySet<string>, depth = 0, prefix = ''): Visible[] =>
  fields.flatMap((field, i) => {
    const key = `${prefix}${i}`
    const below = field.children && open.has(key) ? flattened(field.children, open, depth + 1, `${key}.`) : []
    return [{ field, depth, key }, ...below]
  })

interface BytesProps {
  readonly bytes: Uint8Array
  readonly lit: Field | undefined
  readonly layers: readonly Field[]
  readonly onLight: (field: Field) => void
}

const WIDTH = 16

const Bytes = ({ bytes, lit, layers, onLight }: BytesProps) => {
  const shown = bytes.subarray(0, MAX_SHOWN_BYTES)
  const lines = Array.from({ length: Math.ceil(shown.length / WIDTH) }, (_, i) =>
    shown.subarray(i * WIDTH, (i + 1) * WIDTH),
  )
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (lit && lit.start < shown.length)
      keepInSight(box.current, Math.floor(lit.start / WIDTH), Math.floor((lit.end - 1) / WIDTH))
  }, [lit])
  const isLit = (at: number) => lit !== undefined && at >= lit.start && at < lit.end
  return (
    <div
      ref={box}
      class="bytes"
      role="img"
      tabIndex={0}
      aria-label={lit ? `Bytes ${lit.start} to ${lit.end - 1}: ${lit.label}` : `${bytes.length} bytes`}
      onMouseOver={event => {
        const at = Number((event.target as HTMLElement).dataset['at'] ?? -1)
        const field = at < 0 ? undefined : fieldAt(layers, at)
        if (field && field !== lit) onLight(field)
      }}
    >
      {lines.map((line, row) => (
        <div key={row} class="byte-line">
          <span class="offset">{(row * WIDTH).toString(16).padStart(4, '0')}</span>
          <span class="hex">
            {[...line].map((byte, i) => {
              const at = row * WIDTH + i
              return (
                <span key={i} data-at={at} class={isLit(at) ? 'lit' : ''}>
                  {byte.toString(16).padStart(2, '0')}
                </span>
              )
            })}
          </span>
          <span class="ascii">
            {[...line].map((byte, i) => (
              <span key={i} class={isLit(row * WIDTH + i) ? 'lit' : ''}>
                {byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'}
              </span>
            ))}
          </span>
        </div>
      ))}
      {bytes.length > MAX_SHOWN_BYTES && <div class="more">and {bytes.length - MAX_SHOWN_BYTES} more</div>}
    </div>
  )
}

const LINE = 15

const keepInSight = (box: HTMLElement | null, first: number, last: number): void => {
  if (!box) return
  const [top, bottom] = [first * LINE, (last + 1) * LINE + 4]
  if (top >= box.scrollTop && bottom <= box.scrollTop + box.clientHeight) return
  box.scrollTop = Math.max(0, Math.min(top, bottom - box.clientHeight + LINE))
  if (top < box.scrollTop) box.scrollTop = top
}

/** The innermost field that holds the byte. */
const fieldAt = (fields: readonly Field[], at: number): Field | undefined => {
  const field = fields.find(({ start, end }) => at >= start && at < end)
  return field && (fieldAt(field.children ?? [], at) ?? field)
}
