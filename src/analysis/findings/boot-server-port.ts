/**
 * Port 4011: machines sent there in vain, and the DHCP option that sends them.
 */
import type { Ip4 } from '../../core/address.ts'
import { SECOND } from '../../core/micros.ts'
import {
  type ArpWait,
  type Ask,
  type Boot,
  allOffers,
  isLease,
  isPxeOffer,
} from '../conversations/conversation.ts'
import { redirectTargets } from '../race.ts'
import type { Reply } from '../conversations/reply.ts'
import type { Confidence, Evidence } from '../rules.ts'
import { type FindingTest, NO_DRAFTS, type Scene, evidence, isOver, showReply } from '../scene.ts'
import { ascending, listed, plural } from '../words.ts'

interface DeadTarget {
  readonly target: Ip4
  readonly toGroup: boolean
  readonly confidence: Confidence
  readonly how: string
  readonly evidence: readonly Evidence[]
}

export const deadBootServerPort: FindingTest = (boot, scene) =>
  deadTargets(boot, scene).map(dead => {
    const senders = sendersOf(boot, dead)
    const target = scene.names.server(dead.target)
    const by = listed(ascending(senders.map(offer => offer.server)).map(scene.names.server))
    const where = dead.toGroup
      ? 'boot servers were sought by broadcast or multicast'
      : `port 4011 of ${target} was asked`
    return {
      rule: 'dead-boot-server-port' as const,
      confidence: dead.confidence,
      servers: ascending([...senders.map(offer => offer.server), ...(dead.toGroup ? [] : [dead.target])]),
      text: `${where}${by === '' || by === target ? '' : ` because ${by} said so`}, and ${dead.how}.`,
      because:
        'An offer with option 60 PXEClient but without boot information sends the machine to port 4011, where a boot server must answer. None runs there, or a filter stands between.',
      remedy: dead.toGroup
        ? 'Start the boot server, or let the PXE server list it (43.8) or name the boot file itself.'
        : senders.some(isLease)
          ? `Start the PXE service on ${target}, or stop sending machines there: remove option 60 from the DHCP server, and let the PXE server answer by itself.`
          : `Start the boot server on ${target} and let UDP port 4011 through the filters between, or let its offer be complete (bit 3 of 43.6 and the boot file).`,
      evidence: [...senders.slice(0, 2).map(offer => showReply(offer, scene)), ...dead.evidence],
    }
  })

export const option60WithoutPxeService: FindingTest = (boot, scene) => {
  const dead = deadTargets(boot, scene).filter(target => !target.toGroup)
  if (dead.length === 0) return NO_DRAFTS
  const guilty = allOffers(boot).filter(
    offer =>
      isPxeOffer(offer) && isLease(offer) && !offer.pxeTags && !scene.hasRole(offer.server, 'boot-server'),
  )
  return ascending(guilty.map(offer => offer.server)).flatMap(server => {
    const offer = guilty.find(candidate => candidate.server === server)!
    const target = dead.find(candidate => redirectTargets(offer).includes(candidate.target))
    if (!target) return []
    const name = scene.names.server(server)
    return [
      {
        rule: 'option-60-without-pxe-service' as const,
        confidence: target.confidence,
        servers: [server],
        text: `the DHCP server ${name} says PXEClient (option 60), so the machine asks port 4011 of ${scene.names.server(target.target)}, and ${target.how}.`,
        because:
          'Option 60 PXEClient on a DHCP server means: the PXE service runs on this host. It belongs there only if it does.',
        remedy: `Remove option 60 (and 66, 67 and 43 with it) from the scopes of ${name}; let a Network Boot Service on the subnet, or a helper address for it, do the rest.`,
        evidence: [showReply(offer, scene), ...target.evidence],
      },
    ]
  })
}

/** Whom the machine asked, or would have asked, without any answer. */
const deadTargets = (boot: Boot, scene: Scene): DeadTarget[] => {
  const dead = new Map<Ip4, DeadTarget>()
  for (const ask of boot.asks4011) {
    if (dead.has(ask.target) || isAnswered(boot, ask)) continue
    const found = deadAsk(boot, ask, scene)
    if (found) dead.set(ask.target, found)
  }
  for (const [target, wait] of boot.arps) {
    if (dead.has(target) || boot.asks4011.some(ask => ask.target === target)) continue
    const isTarget = allOffers(boot).some(
      offer =>
        isPxeOffer(offer) && offer.intent.kind === 'ask4011' && redirectTargets(offer).includes(target),
    )
    if (isTarget && isUnanswered(wait)) dead.set(target, deadArp(target, wait, scene))
  }
  return [...dead.values()]
}

const isAnswered = (boot: Boot, ask: Ask): boolean =>
  boot.asks4011.some(other => other.target === ask.target && other.replies.length > 0) ||
  // The answer was not captured, but the machine got its file from there.
  boot.transfers.some(transfer => transfer.server === ask.target && transfer.seen.at >= ask.seen.at)

const deadAsk = (boot: Boot, ask: Ask, scene: Scene): DeadTarget | undefined => {
  const { target, toGroup } = ask
  const name = scene.names.server(target)
  const shown = evidence(ask.seen, `request to port 4011 of ${name}, ${plural(ask.count, 'try', 'tries')}`)
  if (ask.unreachable)
    return {
      target,
      toGroup,
      confidence: 'seen',
      how: 'the port is closed (ICMP unreachable)',
      evidence: [shown, evidence(ask.unreachable.seen, `ICMP: ${ask.unreachable.cause} unreachable`)],
    }
  if (ask.count < 2 && !isOver(boot, scene, ask.lastAt)) return undefined
  return { target, toGroup, confidence: 'inferred', how: 'nobody answered', evidence: [shown] }
}

const deadArp = (target: Ip4, wait: ArpWait, scene: Scene): DeadTarget => ({
  target,
  toGroup: false,
  confidence: 'inferred',
  how: 'no host has that address (ARP unanswered)',
  evidence: [
    evidence(wait.seen, `ARP for ${scene.names.server(target)}, ${wait.count} times without answer`),
  ],
})

/** Once answered a host is not asked again so soon: three requests over a second are an absence. */
export const isUnanswered = (wait: ArpWait): boolean =>
  !wait.answered && wait.count >= 3 && wait.lastAt - wait.seen.at >= SECOND

/** The offers that sent the machine there: a redirect, or a menu whose entry is to be discovered. */
const sendersOf = (boot: Boot, dead: DeadTarget): Reply[] =>
  allOffers(boot).filter(
    offer =>
      isPxeOffer(offer) &&
      (offer.intent.kind === 'ask4011'
        ? !dead.toGroup && redirectTargets(offer).includes(dead.target)
        : offer.intent.kind !== 'file' && (dead.toGroup || offer.server === dead.target)),
  )
