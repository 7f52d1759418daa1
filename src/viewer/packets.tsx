/**
 * The list of packets up to any length, with its filters. The row of the moment is always in sight.
 */
import { formatSeconds } from '../core/micros.ts'
import { usePlayed } from './hooks.ts'
import { PROTOCOLS, type Protocol } from './replay/frame-peek.ts'
import { countUpTo } from '../core/search.ts'
import { useSession } from './session.ts'
import { VirtualList } from './virtual-list.tsx'

const NAMES: Readonly<Record<Protocol, string>> = {
  dhcp: 'DHCP',
  pxe: 'PXE',
  tftp: 'TFTP',
  udp: 'UDP',
  arp: 'ARP',
  icmp: 'ICMP',
  other: 'other',
}

/** Of senders that are no server. */
const SWATCHES: Readonly<Record<string, string>> = { machine: 'var(--accent)', router: 'var(--faint)' }

export const Packets = () => {
  const session = useSession()
  const { replay, player, passing, frame, textOf, colourOf } = session
  const { frames } = replay
  const count = passing ? passing.length : frames.count
  const numberAt = (index: number) => (passing ? passing[index]! : index)
  const current = usePlayed(player, at => countUpTo(count, index => frames.at[numberAt(index)]!, at) - 1)
  const chosen = frame === undefined ? -1 : placeOf(frame, count, numberAt)
  return (
    <div class="packets">
      <Filters shown={count} />
      <VirtualList
        id="packet"
        label="Packets"
        count={count}
        rowHeight={24}
        current={current}
        chosen={chosen}
        onChoose={index => session.chooseFrame(numberAt(index))}
        rowClass={index => (index > current ? 'ahead' : '')}
        row={index => {
          const number = numberAt(index)
          const text = textOf(number)
          const protocol = PROTOCOLS[frames.protocol[number]!]!
          const source = replay.hosts[frames.source[number]!]
          return (
            <>
              <span class="number">{number + 1}</span>
              <span class="time">{formatSeconds(frames.at[number]!)}</span>
              <span class={`protocol ${protocol}`}>{NAMES[protocol]}</span>
              <span class="way">
                <i
                  class="swatch"
                  style={{ background: SWATCHES[source?.kind ?? 'router'] ?? colourOf(source!.name) }}
                />
                {text.from} → {text.to}
              </span>
              <span class="text">{text.text}</span>
            </>
          )
        }}
      />
    </div>
  )
}

const placeOf = (frame: number, count: number, numberAt: (index: number) => number): number => {
  const place = countUpTo(count, numberAt, frame) - 1
  return place >= 0 && numberAt(place) === frame ? place : -1
}

const Filters = ({ shown }: { shown: number }) => {
  const { replay, filter, setFilter, machine } = useSession()
  const flip = (protocol: Protocol) => {
    const protocols = new Set(filter.protocols)
    if (!protocols.delete(protocol)) protocols.add(protocol)
    setFilter({ ...filter, protocols })
  }
  const name = replay.machines[machine ?? -1]?.result.name
  return (
    <div class="filters" role="group" aria-label="Packets shown">
      {PROTOCOLS.map(protocol => (
        <button
          key={protocol}
          type="button"
          class={`chip ${protocol}`}
          aria-pressed={filter.protocols.has(protocol)}
          onClick={() => flip(protocol)}
        >
          {NAMES[protocol]}
        </button>
      ))}
      <label class="own">
        <input
          type="checkbox"
          checked={filter.ownOnly}
          disabled={name === undefined}
          onChange={event => setFilter({ ...filter, ownOnly: event.currentTarget.checked })}
        />
        {name === undefined ? 'only the chosen machine' : `only ${name}`}
      </label>
      <span class="count" aria-live="polite">
        {shown.toLocaleString('en')} of {replay.frames.count.toLocaleString('en')}
      </span>
    </div>
  )
}
