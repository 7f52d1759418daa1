/**
 * `option-60-without-pxe-service`: a DHCP server says PXEClient, and nothing answers on its port 4011.
 */
import { NO_REPORTS, type Report, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { allOffers, isLease, isPxeOffer } from '../../conversations/conversation.ts'
import { showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { redirectTargets } from '../../race.ts'
import { ascending } from '../../words.ts'
import { SILENCE_TEXT, type Silence, deadTargets } from './dead-targets.ts'

export const meta = {
  id: 'option-60-without-pxe-service',
  severity: 'error',
  meaning: 'a DHCP server sends option 60 PXEClient, but nothing answers on its port 4011',
  origins: {
    capture: {
      holdsWhen:
        'a lease with option 60 and without boot information in option 43 sent the machine to port 4011 of that host, and nothing answered there',
      isNot:
        'the host answers another machine on port 4011; forced mode (43.6 with a list of servers); no request was sent there',
      confidence: '`seen` by ICMP, else `inferred`',
      remedy: 'remove options 60, 43, 66 and 67 from the scope',
    },
    lint: {
      holdsWhen:
        'a DHCP server sends option 60 `PXEClient` without option 43, and has no service on port 4011',
      remedy: 'remove options 60, 43, 66 and 67 from the scope',
    },
  },
} as const satisfies FindingMeta

export type Option60WithoutPxeService = {
  readonly dhcpServer: string
  /** Whose port 4011 was asked. */
  readonly target: string
  readonly silence: Silence
}

export const test: RuleTest<Option60WithoutPxeService> = (boot, context) => {
  const dead = deadTargets(boot, context).filter(target => !target.toGroup)
  if (dead.length === 0) return NO_REPORTS
  const guilty = allOffers(boot).filter(
    offer =>
      isPxeOffer(offer) &&
      isLease(offer) &&
      !offer.pxeTags &&
      // The offer is malformed: it was to say more than that.
      !offer.textVendor &&
      !context.hasRole(offer.server, 'boot-server'),
  )
  return ascending(guilty.map(offer => offer.server)).flatMap(
    (server): Report<Option60WithoutPxeService>[] => {
      const offer = guilty.find(candidate => candidate.server === server)!
      const target = dead.find(candidate => redirectTargets(offer).includes(candidate.target))
      if (!target) return []
      return [
        {
          confidence: target.confidence,
          servers: [server],
          details: {
            dhcpServer: context.names.server(server),
            target: context.names.server(target.target),
            silence: target.silence,
          },
          evidence: [showReply(offer, context), ...target.evidence],
        },
      ]
    },
  )
}

export const sentences = ({ dhcpServer, target, silence }: Option60WithoutPxeService): Sentences => ({
  text: `DHCP server ${dhcpServer} sends option 60 PXEClient, so the machine sends its request to port 4011 of ${target}, and ${SILENCE_TEXT[silence]}.`,
  because:
    'Option 60 PXEClient from a DHCP server means that a PXE service runs on the same host. Set it only if that is true.',
  remedy: `Remove option 60 (and options 43, 66 and 67) from the scopes of ${dhcpServer}; use a Network Boot Service on the subnet, or a helper address that points to one.`,
})
