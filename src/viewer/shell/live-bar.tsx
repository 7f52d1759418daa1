/**
 * While a run goes on: a hand on its servers and subnets. What is out of order offers to be put right.
 */
import { useState } from 'preact/hooks'
import { brokenAt } from '../replay/faults-at.ts'
import { type Live, type Verb, act } from './live.ts'
import { useSession } from '../session.ts'

export const LiveBar = ({ live }: { live: Live }) => {
  const { replay } = useSession()
  const [problem, setProblem] = useState('')
  const { site } = replay.recording
  const broken = brokenAt(replay.outages, Infinity)
  const names = [
    ...(site?.servers ?? []).map(({ name }) => ({ name, verbs: ['stop', 'start'] as const })),
    ...(site?.subnets ?? []).map(({ name }) => ({ name, verbs: ['cut', 'heal'] as const })),
  ]
  const run = (verb: Verb, name: string) => void act(live, verb, name).then(setProblem)
  return (
    <div class="live-bar" role="group" aria-label="The live run">
      <b class="live-sign">
        <span aria-hidden="true">●</span> Live {live.speed}×
      </b>
      {names.map(({ name, verbs }) => {
        const verb = verbs[broken.has(name) ? 1 : 0]
        return (
          <button key={name} type="button" class={verb} onClick={() => run(verb, name)}>
            {VERBS[verb]} {name}
          </button>
        )
      })}
      {problem !== '' && <span role="alert">{problem}</span>}
    </div>
  )
}

const VERBS: Readonly<Record<Verb, string>> = { stop: 'Stop', start: 'Start', cut: 'Cut', heal: 'Heal' }
