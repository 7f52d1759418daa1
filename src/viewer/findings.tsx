/**
 * What was found, why, what to do, and each piece of evidence as a way to its moment. Also what was expected.
 */
import { formatSeconds } from '../core/micros.ts'
import { SECOND } from '../core/micros.ts'
import type { FindingResult } from '../simulation/result.ts'
import { type Session, useSession } from './session.ts'
import { SEVERITIES } from './words.ts'

export const Findings = () => {
  const session = useSession()
  const { findings, expectations } = session.replay.recording.result
  return (
    <div class="findings">
      {findings.length === 0 && <p class="empty">Nothing was found.</p>}
      {findings.map((finding, index) => (
        <Finding key={index} finding={finding} open={index < 2} />
      ))}
      {expectations.length > 0 && (
        <>
          <h3>Expected</h3>
          <ul class="expectations">
            {expectations.map(({ text, met, got }, index) => (
              <li key={index} class={met ? 'met' : 'unmet'}>
                <span aria-hidden="true">{met ? '✓' : '✕'}</span> {text}
                <small>{met ? '' : ` got ${got}`}</small>
                <span class="hidden">{met ? 'met' : 'not met'}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

const Finding = ({ finding, open }: { finding: FindingResult; open: boolean }) => {
  const session = useSession()
  return (
    <details class={`finding ${finding.severity}`} open={open}>
      <summary>
        <span class="severity">{SEVERITIES[finding.severity] ?? finding.severity}</span> <b>{finding.rule}</b>
      </summary>
      <p>{finding.message}</p>
      <p>
        <b>Because:</b> {finding.because}
      </p>
      <p>
        <b>Remedy:</b> {finding.remedy}
      </p>
      <Evidence finding={finding} session={session} />
      {finding.clients.length > 0 && <Concerned names={finding.clients} session={session} />}
    </details>
  )
}

const Evidence = ({ finding, session }: { finding: FindingResult; session: Session }) => {
  const { frames, trace } = session.replay
  return (
    <ul class="evidence">
      {finding.evidence.map(({ frame, seconds, text }, index) => {
        // The number is that of the capture; a result without its run has only the moment.
        const known = trace && frame >= 1 && frame <= frames.count ? frame - 1 : undefined
        const go = () => {
          if (known !== undefined) session.chooseFrame(known)
          else session.goTo(seconds * SECOND)
        }
        return (
          <li key={index}>
            <button type="button" onClick={go} disabled={!trace}>
              <span class="time">{formatSeconds(Math.round(seconds * SECOND))} s</span> {text}
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** Names listed at once; the machine list has them all. */
const MAX_SHOWN_NAMES = 12

const Concerned = ({ names, session }: { names: readonly string[]; session: Session }) => (
  <p class="concerned">
    {names.slice(0, MAX_SHOWN_NAMES).map(name => {
      const machine = session.replay.machines.findIndex(({ result }) => result.name === name)
      return machine < 0 ? (
        <span key={name}>{name} </span>
      ) : (
        <button key={name} type="button" class="link" onClick={() => session.chooseMachine(machine)}>
          {name}
        </button>
      )
    })}
    {names.length > MAX_SHOWN_NAMES && <span>and {names.length - MAX_SHOWN_NAMES} more</span>}
  </p>
)
