/**
 * `multiple-pxe-responders`: more than one PXE server answers one DISCOVER (NBS-19). In a scenario file: a PXE responder of
 * another make hears a subnet that an NBS serves.
 */
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { raceOf } from '../../race.ts'
import { listed } from '../../words.ts'
import { failedToLoad, isOneCard, namesOf, outcomeOf, serversOf, severityOf, showRace } from './pxe-race.ts'

export const meta = {
  id: 'multiple-pxe-responders',
  severity: 'error',
  meaning: 'more than one PXE server answers the same machine',
  origins: {
    capture: {
      severity:
        'warning if all of them were seen to offer the same and the file was loaded; info if, in addition, all answers came from one network card. A server that only redirects to port 4011 and received no request there has not been seen to offer the same',
      holdsWhen: 'PXE OFFERs (option 60 `PXEClient`) from more than one server answer one DISCOVER',
      isNot:
        'retransmissions; copies forwarded by two relay agents; DHCP and PXE on one host; machines that are not PXE clients; BSDP servers',
      remedy:
        'only one server per subnet may have the NBS plug-in: disable it on the others, or correct the helper list',
    },
    lint: {
      severity: 'always warning: the file does not say whether both offer the same',
      holdsWhen: 'a PXE responder of another product listens on a subnet that an NBS serves',
      remedy: 'let only one of them answer, or divide the machines between them',
    },
  },
  consequences: [{ of: 'stray-relay-target', share: ['clients', 'servers'] }],
} as const satisfies FindingMeta

export type MultiplePxeResponders = {
  readonly responders: readonly string[]
  /** Whether they would have the machine do the same; `unknown`: one of them was not seen to say. */
  readonly intents: 'same' | 'different' | 'unknown'
  readonly fileFailed: boolean
  /** All but the first came when the machine had chosen already. */
  readonly othersLate: boolean
  readonly oneCard: boolean
}

export const test: RuleTest<MultiplePxeResponders> = (boot, context) => {
  const race = raceOf(boot, context)
  if (!race) return NO_REPORTS
  return [
    {
      severity: severityOf(boot, race),
      confidence: 'seen',
      servers: serversOf(race),
      details: {
        responders: namesOf(race.responders, context),
        intents: race.intents,
        fileFailed: failedToLoad(boot),
        othersLate: race.responders.slice(1).every(responder => responder.late),
        oneCard: isOneCard(race),
      },
      evidence: showRace(boot, race, context),
      race: outcomeOf(race),
    },
  ]
}

export const sentences = (details: MultiplePxeResponders): Sentences => {
  const names = listed(details.responders)
  const notes = notesOn(details)
  return {
    text: `${names} answer the same DISCOVER as PXE servers${notes.length > 0 ? ` (${notes.join('; ')})` : ''}.`,
    because:
      'Only one server per subnet may have the NBS plug-in: the servers do not know of each other, and which one a machine follows depends on its firmware and on the order of the answers.',
    remedy: `Disable the Network Boot Service (or the other PXE responder) on all but one of ${names}; if the answers come through a relay agent, remove the others from its helper list. To find an unknown host, look up its MAC address in the switches’ tables.`,
  }
}

const notesOn = ({ intents, fileFailed, othersLate, oneCard }: MultiplePxeResponders): string[] => {
  const notes: string[] = []
  if (intents === 'same')
    notes.push(fileFailed ? 'they offer the same, but the file was not loaded' : 'no different outcome seen')
  if (intents === 'unknown') notes.push('the capture does not show what one of them would boot')
  if (othersLate) notes.push('the later answer came too late to matter this time')
  if (oneCard)
    notes.push('the answers came from one network card: one host with several services or addresses')
  return notes
}
