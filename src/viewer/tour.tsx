/**
 * The guided tour: what the scenario teaches, and its steps, each at its moment and with the machine it speaks of.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import { SECOND, formatSeconds } from '../core/micros.ts'
import { RuleText } from './rule.tsx'
import { type Session, useSession } from './session.ts'

export const Tour = () => {
  const session = useSession()
  const { site, result } = session.replay.recording
  const steps = site?.steps ?? []
  const [step, setStep] = useState(-1)
  const show = (index: number) => {
    setStep(index)
    goToStep(session, index)
  }
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    list.current?.querySelector('.now')?.scrollIntoView({ block: 'nearest' })
  }, [step])
  return (
    <div class="tour">
      <h3>{result.title}</h3>
      {site?.teaches && (
        <p class="teaches">
          <RuleText text={site.teaches} />
        </p>
      )}
      {steps.length === 0 && (
        <p class="empty">This scenario has no steps. Play it, or go from decision to decision.</p>
      )}
      <ol ref={list}>
        {steps.map(({ seconds, text }, index) => (
          <li key={index}>
            <button
              type="button"
              class={index === step ? 'now' : ''}
              aria-current={index === step ? 'step' : undefined}
              onClick={() => show(index)}
            >
              <span class="step" aria-hidden="true">
                {index + 1}
              </span>
              <span>
                <span class="time">
                  {seconds === null
                    ? 'does not happen in this run'
                    : `${formatSeconds(Math.round(seconds * SECOND))} s`}
                </span>
                <RuleText text={text} />
              </span>
            </button>
          </li>
        ))}
      </ol>
      {steps.length > 0 && (
        <div class="group" role="group" aria-label="Tour">
          <button type="button" disabled={step <= 0} onClick={() => show(step - 1)}>
            Back
          </button>
          <button
            type="button"
            class="primary"
            disabled={step >= steps.length - 1}
            onClick={() => show(step + 1)}
          >
            {step < 0 ? 'Start the tour' : 'Next'}
          </button>
        </div>
      )}
    </div>
  )
}

/** Where nobody is named to look at, it is the machine that the text speaks of. */
const goToStep = (session: Session, index: number): void => {
  const { replay, player } = session
  const step = replay.recording.site?.steps[index]
  if (!step) return
  const speaksOf = (name: string) => new RegExp(`(^|[^\\w-])${name}($|[^\\w-])`).test(step.text)
  const machine = replay.machines.findIndex(({ result: { name } }) =>
    step.client === null ? speaksOf(name) : name === step.client,
  )
  const at = step.seconds === null ? player.at : Math.round(step.seconds * SECOND)
  session.goTo(at, machine < 0 ? undefined : machine)
}
