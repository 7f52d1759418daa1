/**
 * The ladder diagram of one machine. Only the rows in sight exist.
 */
import { useMemo, useRef } from 'preact/hooks'
import { formatSeconds } from '../core/micros.ts'
import { usePlayed, useSize } from './hooks.ts'
import { type Ladder as Rows, type LadderRow, ladderOf } from './replay/ladder-rows.ts'
import { countUpTo } from '../core/search.ts'
import { RuleId } from './rule.tsx'
import { type Session, useSession } from './session.ts'
import type { ColourOf } from './draw/theme.ts'
import { VirtualList } from './virtual-list.tsx'

const TIME = 76
const ROW = 34

export const Ladder = () => {
  const session = useSession()
  const { replay, player, machine, textOf, frame } = session
  const chosen = replay.machines[machine ?? -1]
  const frameElement = useRef<HTMLDivElement>(null)
  const { width } = useSize(frameElement)
  const ladder = useMemo<Rows>(
    () => (chosen ? ladderOf(replay, chosen, textOf) : { columns: [], rows: [] }),
    [replay, chosen, textOf],
  )
  const { rows, columns } = ladder
  const current = usePlayed(player, at => countUpTo(rows.length, index => rows[index]!.at, at) - 1)
  const inner = Math.max(200, width - 14)
  const xOf = (column: number) => TIME + ((column + 0.5) * (inner - TIME)) / Math.max(1, columns.length)
  return (
    <div class="ladder" ref={frameElement}>
      {!chosen && <p class="empty">Choose a machine to see its boot as a ladder.</p>}
      {chosen && (
        <>
          <div class="ladder-head" style={{ width: `${inner}px` }} aria-hidden="true">
            {columns.map((name, column) => (
              <span
                key={name}
                style={{ left: `${xOf(column)}px`, color: column === 0 ? 'var(--ink)' : undefined }}
              >
                {name}
              </span>
            ))}
          </div>
          <VirtualList
            id="ladder"
            label={`Boot of ${chosen.result.name}, step by step`}
            count={rows.length}
            rowHeight={ROW}
            current={current}
            chosen={rows.findIndex(row => row.kind === 'packet' && row.frame === frame)}
            onChoose={index => choose(session, rows[index]!)}
            rowClass={index => (index > current ? 'ahead' : '')}
            row={index => (
              <Row
                row={rows[index]!}
                columns={columns}
                xOf={xOf}
                width={inner}
                start={chosen.poweredOn}
                colourOf={session.colourOf}
              />
            )}
          />
        </>
      )}
    </div>
  )
}

const choose = (session: Session, row: LadderRow): void => {
  if (row.kind === 'packet') session.chooseFrame(row.frame)
  else session.goTo(row.at)
}

interface RowProps {
  readonly row: LadderRow
  readonly columns: readonly string[]
  readonly xOf: (column: number) => number
  readonly width: number
  readonly start: number
  readonly colourOf: ColourOf
}

const Row = ({ row, columns, xOf, width, start, colourOf }: RowProps) => (
  <>
    <span class="time">+{formatSeconds(row.at - start).slice(0, -2)}</span>
    <svg width={width} height={ROW} aria-hidden="true">
      {columns.map((name, column) => (
        <line key={name} class="life" x1={xOf(column)} x2={xOf(column)} y1={0} y2={ROW} />
      ))}
      {row.kind === 'packet' && <Arrow row={row} xOf={xOf} width={width} />}
    </svg>
    {row.kind === 'packet' && (
      <span class="ladder-text" style={labelPlace(row, xOf, width)}>
        <span class="hidden">
          {columns[row.from]} to {row.to < 0 ? 'everyone' : columns[row.to]}:{' '}
        </span>
        {row.text}
      </span>
    )}
    {row.kind === 'choice' && (
      <span class="ladder-note choice" style={{ left: `${TIME + 4}px` }}>
        <RuleId id={row.rule} /> {row.text}
      </span>
    )}
    {row.kind === 'service' && (
      <span class="ladder-note service" style={{ left: `${TIME + 4}px` }}>
        <i class="swatch" style={{ background: colourOf(row.host) }} /> <b>{row.host}</b> {row.text}
      </span>
    )}
    {row.kind === 'loss' && (
      <span class="ladder-note loss" style={{ left: `${TIME + 4}px` }}>
        <b aria-hidden="true">✕</b> {row.text}
      </span>
    )}
    {row.kind === 'screen' && (
      <span class="ladder-note screen-line" style={{ left: `${TIME + 4}px` }}>
        {row.text}
      </span>
    )}
  </>
)

type PacketRow = Extract<LadderRow, { kind: 'packet' }>

/** The label keeps to the row: it begins at the left end of its arrow, or as far left as it must to fit. */
const labelPlace = ({ from, to }: PacketRow, xOf: (column: number) => number, width: number) => {
  const left = to < 0 ? xOf(0) : Math.min(xOf(from), xOf(to))
  const start = Math.min(left + 8, Math.max(TIME + 4, width - 330))
  return { left: `${start}px`, maxWidth: `${width - start}px` }
}

const Arrow = ({ row, xOf, width }: { row: PacketRow; xOf: (column: number) => number; width: number }) => {
  const y = ROW - 8
  const from = xOf(row.from)
  if (row.to < 0)
    return (
      <g class="everyone">
        <line x1={xOf(0) - 14} x2={width - 6} y1={y} y2={y} />
        <circle cx={from} cy={y} r={3.5} />
        <path d={`M ${width - 12} ${y - 4} L ${width - 5} ${y} L ${width - 12} ${y + 4}`} />
      </g>
    )
  const to = xOf(row.to)
  const back = to >= from ? -7 : 7
  return (
    <g class="arrow">
      <line x1={from} x2={to} y1={y} y2={y} />
      <circle cx={from} cy={y} r={3} />
      <path d={`M ${to + back} ${y - 4} L ${to} ${y} L ${to + back} ${y + 4}`} />
    </g>
  )
}
