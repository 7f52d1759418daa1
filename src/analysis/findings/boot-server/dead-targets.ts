/**
 * Boot servers that a machine asked on port 4011, or would have asked, without any answer. Shared by the rule about
 * such a port and the one about the option that sends machines there.
 */
import type { Ip4 } from '../../../core/address.ts'
import { SECOND } from '../../../core/micros.ts'
import type { Evidence, RuleContext } from '../../capture-rule.ts'
import { type ArpWait, type Ask, type Boot, allOffers, isPxeOffer } from '../../conversations/conversation.ts'
import { evidence, isOver } from '../../evidence.ts'
import type { Confidence } from '../../finding-meta.ts'
import { redirectTargets } from '../../race.ts'
import { plural } from '../../words.ts'

/** `closed`: ICMP says so. `absent`: no host has that address. */
export type Silence = 'closed' | 'silent' | 'absent'

export interface DeadTarget {
  readonly target: Ip4
  /** Whoever hears it was asked, by broadcast or multicast. */
  readonly toGroup: boolean
  readonly confidence: Confidence
  readonly silence: Silence
  readonly evidence: readonly Evidence[]
}

export const SILENCE_TEXT: Readonly<Record<Silence, string>> = {
  closed: 'the port is closed (ICMP unreachable)',
  silent: 'nothing answered',
  absent: 'no host has that address (no reply to ARP)',
}

export const deadTargets = (boot: Boot, context: RuleContext): DeadTarget[] => {
  const dead = new Map<Ip4, DeadTarget>()
  for (const ask of boot.asks4011) {
    if (dead.has(ask.target) || isAnswered(boot, ask)) continue
    const found = deadAsk(boot, ask, context)
    if (found) dead.set(ask.target, found)
  }
  for (const [target, wait] of boot.arps) {
    if (dead.has(target) || boot.asks4011.some(ask => ask.target === target)) continue
    const isTarget = allOffers(boot).some(
      offer =>
        isPxeOffer(offer) && offer.intent.kind === 'ask4011' && redirectTargets(offer).includes(target),
    )
    if (isTarget && isUnanswered(wait)) dead.set(target, absentTarget(target, wait, context))
  }
  return [...dead.values()]
}

const isAnswered = (boot: Boot, ask: Ask): boolean =>
  boot.asks4011.some(other => other.target === ask.target && other.replies.length > 0) ||
  // The answer was not captured, but the machine got its file from there.
  boot.transfers.some(transfer => transfer.server === ask.target && transfer.seen.at >= ask.seen.at)

const deadAsk = (boot: Boot, ask: Ask, context: RuleContext): DeadTarget | undefined => {
  const { target, toGroup } = ask
  const name = context.names.server(target)
  const shown = evidence(ask.seen, `request to port 4011 of ${name}, ${plural(ask.count, 'try', 'tries')}`)
  if (ask.unreachable)
    return {
      target,
      toGroup,
      confidence: 'seen',
      silence: 'closed',
      evidence: [shown, evidence(ask.unreachable.seen, `ICMP: ${ask.unreachable.cause} unreachable`)],
    }
  if (ask.count < 2 && !isOver(boot, context, ask.lastAt)) return undefined
  return { target, toGroup, confidence: 'inferred', silence: 'silent', evidence: [shown] }
}

const absentTarget = (target: Ip4, wait: ArpWait, context: RuleContext): DeadTarget => ({
  target,
  toGroup: false,
  confidence: 'inferred',
  silence: 'absent',
  evidence: [
    evidence(wait.seen, `ARP for ${context.names.server(target)}, ${wait.count} times without a reply`),
  ],
})

/** Once answered a host is not asked again so soon: three requests over a second are an absence. */
export const isUnanswered = (wait: ArpWait): boolean =>
  !wait.answered && wait.count >= 3 && wait.lastAt - wait.seen.at >= SECOND
