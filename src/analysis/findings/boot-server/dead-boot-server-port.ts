/**
 * `dead-boot-server-port`: a machine was sent to port 4011 and nobody answered there.
 */
import type { RuleTest, Sentences } from '../../capture-rule.ts'
import { type Boot, allOffers, isLease, isPxeOffer } from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'
import { showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { redirectTargets } from '../../race.ts'
import { ascending, listed } from '../../words.ts'
import { type DeadTarget, SILENCE_TEXT, type Silence, deadTargets } from './dead-targets.ts'

export const meta = {
  id: 'dead-boot-server-port',
  severity: 'error',
  meaning: 'a machine was redirected to port 4011, and nothing answered there',
  origins: {
    capture: {
      holdsWhen:
        'a request to port 4011, or a boot server discovery by broadcast or multicast, is not answered: ICMP reports the port closed, two attempts or four seconds bring no answer, or the host does not answer ARP',
      isNot:
        'a late answer; an answer missing from the capture, if the machine went on to that server; a capture that ends right after the request',
      confidence: '`seen` by ICMP, else `inferred`',
      remedy: 'start the boot server, allow UDP port 4011, or make the OFFERs complete',
    },
  },
  consequences: [
    { of: 'option-60-without-pxe-service', share: ['clients', 'servers'] },
    { of: 'malformed-offer', share: ['clients', 'servers'] },
  ],
} as const satisfies FindingMeta

export type DeadBootServerPort = {
  /** Absent: whoever hears a broadcast or multicast was asked. */
  readonly target?: string
  readonly silence: Silence
  /** Servers whose offers sent the machine there. */
  readonly sentBy: readonly string[]
  /** One of them leases addresses. */
  readonly sentByDhcp: boolean
}

export const test: RuleTest<DeadBootServerPort> = (boot, context) =>
  deadTargets(boot, context).map(dead => {
    const senders = sendersOf(boot, dead)
    const servers = ascending(senders.map(offer => offer.server))
    return {
      confidence: dead.confidence,
      servers: ascending([...servers, ...(dead.toGroup ? [] : [dead.target])]),
      details: {
        ...(!dead.toGroup && { target: context.names.server(dead.target) }),
        silence: dead.silence,
        sentBy: servers.map(context.names.server),
        sentByDhcp: senders.some(isLease),
      },
      evidence: [...senders.slice(0, 2).map(offer => showReply(offer, context)), ...dead.evidence],
    }
  })

/** The offers that sent the machine there: a redirect, or a menu whose entry is to be discovered. */
const sendersOf = (boot: Boot, dead: DeadTarget): Reply[] =>
  allOffers(boot).filter(
    offer =>
      isPxeOffer(offer) &&
      (offer.intent.kind === 'ask4011'
        ? !dead.toGroup && redirectTargets(offer).includes(dead.target)
        : offer.intent.kind !== 'file' && (dead.toGroup || offer.server === dead.target)),
  )

export const sentences = (details: DeadBootServerPort): Sentences => ({
  text: textOf(details),
  because:
    'An OFFER with option 60 PXEClient but no boot information sends the machine to port 4011, where a boot server must answer. None is running there, or a firewall blocks it.',
  remedy: remedyOf(details),
})

const textOf = ({ target, silence, sentBy }: DeadBootServerPort): string => {
  const asked =
    target === undefined
      ? 'the machine looked for boot servers by broadcast or multicast'
      : `the machine sent a request to port 4011 of ${target}`
  const by = listed(sentBy)
  return `${asked}${by === '' || by === target ? '' : ` because ${by} said so`}, and ${SILENCE_TEXT[silence]}.`
}

const remedyOf = ({ target, sentByDhcp }: DeadBootServerPort): string => {
  if (target === undefined)
    return 'Start the boot server, or configure the PXE server to list it (43.8) or to name the boot file itself.'
  return sentByDhcp
    ? `Start the PXE service on ${target}, or stop redirecting machines there: remove option 60 from the DHCP server and let the PXE server answer for itself.`
    : `Start the boot server on ${target} and allow UDP port 4011 through any firewall in between, or make its OFFER complete (bit 3 of 43.6 and the boot file).`
}
