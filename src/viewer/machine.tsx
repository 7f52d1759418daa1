/**
 * The chosen machine: how it stands, its screen as it looks at the moment, and its choices with their rules.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { SECOND } from '../core/micros.ts'
import { usePlayed } from './hooks.ts'
import { countUpTo } from '../core/search.ts'
import { statusAt } from './replay/replay.ts'
import { RuleEntries, RuleLink } from './rule.tsx'
import { LargeScreen, Screen } from './screen.tsx'
import { useSession } from './session.ts'
import { WORDS } from './words.ts'

export const MachinePanel = () => {
  const { replay, machine, colourOf, player } = useSession()
  const chosen = replay.machines[machine ?? -1]
  const [large, setLarge] = useState(false)
  const standing = usePlayed(player, at => (chosen ? statusAt(chosen, at) : 'off'))
  if (!chosen)
    return (
      <section class="panel machine" aria-label="Machine">
        <h2>Machine</h2>
        <p class="empty">
          Choose a machine in the topology or in the list to see its screen and its choices.
        </p>
      </section>
    )
  const { result } = chosen
  const told = replay.trace ? standing : result.outcome
  return (
    <section class="panel machine" aria-label={`Machine ${result.name}`}>
      <h2>
        {result.name}{' '}
        <small>
          {result.firmware} {result.profile} · {result.mac}
        </small>
      </h2>
      <p class="standing">
        <span class={`badge ${told}`}>{WORDS[told] ?? told}</span>
        {result.code !== null && told === result.outcome && <code>{result.code}</code>}
        {result.pxeServer !== null && told !== 'off' && told !== 'booting' && (
          <span>
            <i class="swatch" style={{ background: colourOf(result.pxeServer) }} /> {result.pxeServer}
          </span>
        )}
        {result.address !== null && told === result.outcome && <span>{result.address}</span>}
      </p>
      <Screen machine={chosen} onEnlarge={() => setLarge(true)} />
      <Choices />
      {large && <LargeScreen machine={chosen} onClose={() => setLarge(false)} />}
    </section>
  )
}

const Choices = () => {
  const session = useSession()
  const { replay, machine, player } = session
  const chosen = replay.machines[machine!]!
  const { trace } = replay
  const choices = useMemo(
    () =>
      trace ? chosen.events.map(event => trace.event(event)).filter(event => event.kind === 'choice') : [],
    [trace, chosen],
  )
  const current = usePlayed(player, at => countUpTo(choices.length, index => choices[index]!.at, at))
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const { current: box } = list
    const now = box?.querySelector<HTMLElement>('.now')
    if (box && now) box.scrollTop = now.offsetTop - box.clientHeight + now.offsetHeight + 24
  }, [current, chosen])
  if (!trace) return null
  return (
    <div class="choices" ref={list}>
      <h3>Why: its choices, and the rule of each</h3>
      {choices.length === 0 && <p class="empty">It had nothing to choose.</p>}
      <ol>
        {choices.map(({ at, rule, text }, index) => (
          <li key={index} class={index < current ? (index === current - 1 ? 'now' : '') : 'ahead'}>
            <RuleLink id={rule} />
            <button type="button" onClick={() => session.goTo(at)}>
              <span class="time">+{((at - chosen.poweredOn) / SECOND).toFixed(4)} s</span> {text}
            </button>
          </li>
        ))}
      </ol>
      <RuleEntries ids={choices.map(({ rule }) => rule)} />
    </div>
  )
}
