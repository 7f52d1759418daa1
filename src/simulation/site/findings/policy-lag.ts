/**
 * `policy-lag`: an NBS answered from a copy of the policy, and its Notification Server would have said something else.
 */
import type { Sentences } from '../../../analysis/capture-rule.ts'
import { toSeconds } from '../../../core/micros.ts'
import type { UnlinkedFinding } from '../../result.ts'
import type { PolicyLag } from './details.ts'
import {
  type SiteView,
  grouped,
  machinesText,
  macsOf,
  ofKind,
  offerOf,
  secondsText,
  siteFinding,
} from './site-view.ts'

export const laggingPolicies = (view: SiteView): UnlinkedFinding[] => {
  const stale = ofKind(view.events, 'answered').filter(({ copy, decision }) => {
    const now = copy?.now
    if (now === undefined) return false
    return now === 'refused' || now.boot !== decision.boot || now.image !== decision.image
  })
  return grouped(stale, ({ by }) => by).map(events => {
    const [{ by, at, copy, decision, mac }] = events as [(typeof events)[number]]
    const { taken, next, now } = copy!
    const macs = macsOf(events)
    return siteFinding(
      'policy-lag',
      view,
      {
        macs,
        servers: [by],
        details: {
          server: by,
          affected: macs.size,
          seconds: toSeconds(at),
          said: decision.boot,
          policy: { takenSeconds: toSeconds(taken), nextSeconds: toSeconds(next) },
          current: now === 'refused' ? now : { boot: now.boot, image: now.image },
        },
        evidence: offerOf(view, by, at, mac, `${by} offers ${decision.boot}`),
      },
      sentences,
    )
  })
}

const sentences = ({ server, affected, seconds, said, policy, current }: PolicyLag): Sentences => ({
  text: `${server} told ${machinesText(affected)} ${said} from a policy of ${secondsText(policy.takenSeconds)}, when its Notification Server would already have answered ${wantedText(current)} (${secondsText(seconds)}).`,
  because: `${server} updates its policy on a schedule, next at ${secondsText(policy.nextSeconds)}. Until then it does not know of the change.`,
  remedy: `Apply the NBS settings immediately, or update the policy on ${server} before starting the job.`,
})

const wantedText = (current: PolicyLag['current']): string =>
  current === 'refused' ? 'silence' : `${current.boot}${current.image === '' ? '' : ` with ${current.image}`}`
