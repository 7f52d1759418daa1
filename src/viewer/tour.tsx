/**
 * The guided tour: what the scenario teaches, and its steps, each at its moment and with the machine it speaks of.
 */
import { useState } from 'preact/hooks'
import { SECOND, formatSeconds } from '../core/micros.ts'
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
  return (
    <div class="tour">
      <h3>{result.title}</h3>
      {site?.teaches && <p class="teaches">{site.teaches}</p>}
      {steps.length === 0 && (
        <p class="empty">This scenario has no steps. Play it, or go from decision to decision.</p>
      )}
      <ol>
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
                <span class="time">{formatSeconds((seconds ?? 0) * SECOND)} s</span>
                {text}
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

/** A machine that the text names is the one to look at. */
const goToStep = (session: Session, index: number): void => {
  const { replay } = session
  const step = replay.recording.site?.steps[index]
  if (!step) return
  const machine = replay.machines.findIndex(({ result }) =>
    new RegExp(`(^|[^\\w-])${result.name}($|[^\\w-])`).test(step.text),
  )
  session.goTo((step.seconds ?? 0) * SECOND, machine < 0 ? undefined : machine)
}
