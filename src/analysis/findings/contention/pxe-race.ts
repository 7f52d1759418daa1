/**
 * What the rules about several PXE servers share: names, evidence, and how bad it is. Finds nothing itself.
 */
import type { Evidence, RaceOutcome, RuleContext } from '../../capture-rule.ts'
import type { Boot } from '../../conversations/conversation.ts'
import { gotFile } from '../../conversations/transfer.ts'
import { showActions, showDiscover, showReply } from '../../evidence.ts'
import type { Severity } from '../../finding-meta.ts'
import type { Race } from '../../race.ts'
import { ascending } from '../../words.ts'

export const serversOf = (race: Race) => ascending(race.responders.map(responder => responder.server))

export const namesOf = (responders: Race['responders'], context: RuleContext): string[] =>
  responders.map(responder => context.names.server(responder.server)).sort()

export const showRace = (boot: Boot, race: Race, context: RuleContext): Evidence[] => [
  ...showDiscover(boot, context),
  ...race.responders.map(responder => showReply(responder.first, context)),
  ...showActions(boot, context),
]

export const outcomeOf = (race: Race): RaceOutcome => ({
  winner: race.winner,
  margin: race.margin,
  wasFirst: race.winner === race.responders[0]!.server,
})

/** One network card answering under two addresses is one machine, whatever it calls itself. */
export const isOneCard = (race: Race): boolean => {
  const [first, ...others] = race.responders.map(responder => responder.first.sourceMac)
  return first !== undefined && others.every(mac => mac === first)
}

/** The same promise, but one of them could not keep it. */
export const failedToLoad = (boot: Boot): boolean =>
  !boot.transfers.some(gotFile) &&
  boot.transfers.some(
    transfer =>
      transfer.end?.kind === 'serverError' ||
      transfer.unreachable ||
      (!transfer.answered && transfer.requests > 1),
  )

export const severityOf = (boot: Boot, race: Race): Severity => {
  if (race.intents !== 'same' || failedToLoad(boot)) return 'error'
  return isOneCard(race) ? 'info' : 'warning'
}
