/**
 * `stray-relay-target`: a relay asks a PXE server that competes with another one.
 */
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { ANY_IP4 } from '../../../core/address.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { raceOf } from '../../race.ts'
import { ascending, listed } from '../../words.ts'
import { namesOf, outcomeOf, serversOf, severityOf, showRace } from './pxe-race.ts'

export const meta = {
  id: 'stray-relay-target',
  severity: 'error',
  meaning: 'the relay agent forwards to several PXE servers, one of which serves another subnet',
  origins: {
    capture: {
      severity:
        'warning if all of them were seen to offer the same and the file was loaded; info if, in addition, all answers came from one network card',
      holdsWhen:
        'PXE OFFERs from more than one server answer one DISCOVER, and at least one of them came through a relay agent',
      isNot:
        'one PXE server behind a relay agent, however many relay agents forward to it; DHCP through a relay agent and PXE on the subnet itself',
      remedy: 'keep one DHCP server and one PXE server in each helper list',
    },
  },
} as const satisfies FindingMeta

export type StrayRelayTarget = {
  readonly relays: readonly string[]
  /** PXE servers that were asked by a relay. */
  readonly relayed: readonly string[]
  /** PXE servers that answered without one. */
  readonly local: readonly string[]
}

export const test: RuleTest<StrayRelayTarget> = (boot, context) => {
  const race = raceOf(boot, context)
  const relayed = race?.responders.filter(responder => responder.first.giaddr !== ANY_IP4) ?? []
  if (!race || relayed.length === 0) return NO_REPORTS
  const local = race.responders.filter(responder => responder.first.giaddr === ANY_IP4)
  const relays = ascending(relayed.map(responder => responder.first.giaddr))
  return [
    {
      severity: severityOf(boot, race),
      confidence: 'seen',
      servers: serversOf(race),
      details: {
        relays: relays.map(context.names.server),
        relayed: namesOf(relayed, context),
        local: namesOf(local, context),
      },
      evidence: showRace(boot, race, context),
      race: outcomeOf(race),
    },
  ]
}

export const sentences = ({ relays, relayed, local }: StrayRelayTarget): Sentences => ({
  text:
    local.length > 0
      ? `relay agent ${listed(relays)} also forwards to ${listed(relayed)}, although ${listed(local)} is on this subnet.`
      : `relay agent ${listed(relays)} forwards to several PXE servers: ${listed(relayed)}.`,
  because:
    'The relay agent forwards every DISCOVER to all addresses in its helper list, so all PXE servers in one list compete as if they were on the subnet.',
  remedy: `On the router (${listed(relays)}), keep the DHCP server and exactly one PXE server in the helper list of this subnet; keep no PXE server there if one is on the subnet itself.`,
})
