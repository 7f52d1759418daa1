/**
 * Contention between PXE servers: several answer one DISCOVER, disagree, lose a job, or were called by a relay that
 * should not have. Not found here: several DHCP servers (`dhcp-servers.ts`).
 */
import { ANY_IP4 } from '../../core/address.ts'
import { describeIntent, hasJob, isLocalBoot } from '../conversations/intent.ts'
import { type Race, raceOf } from '../race.ts'
import type { Evidence, Severity } from '../rules.ts'
import {
  type Draft,
  type FindingTest,
  NO_DRAFTS,
  type Scene,
  showDeeds,
  showDiscover,
  showReply,
} from '../scene.ts'
import type { Boot } from '../conversations/conversation.ts'
import { gotFile } from '../conversations/transfer.ts'
import { ascending, listed } from '../words.ts'

const VENDOR_RULE = 'Only one server per subnet may have the NBS plug-in'

const serversOf = (race: Race) => ascending(race.responders.map(responder => responder.server))

const namesOf = (race: Race, scene: Scene, word = 'and'): string =>
  listed(race.responders.map(responder => scene.names.server(responder.server)).sort(), word)

const show = (boot: Boot, race: Race, scene: Scene): Evidence[] => [
  ...showDiscover(boot, scene),
  ...race.responders.map(responder => showReply(responder.first, scene)),
  ...showDeeds(boot, scene),
]

const resultOf = (race: Race) => ({
  winner: race.winner,
  margin: race.margin,
  wasFirst: race.winner === race.responders[0]!.server,
})

/** One network card answering under two addresses is one machine, whatever it calls itself. */
const isOneCard = (race: Race): boolean => {
  const [first, ...others] = race.responders.map(responder => responder.first.sourceMac)
  return first !== undefined && others.every(mac => mac === first)
}

/** The same promise, but one of them could not keep it. */
const failedToLoad = (boot: Boot): boolean =>
  !boot.transfers.some(gotFile) &&
  boot.transfers.some(
    transfer =>
      transfer.end?.kind === 'serverError' ||
      transfer.unreachable ||
      (!transfer.answered && transfer.requests > 1),
  )

const severityOf = (boot: Boot, race: Race): Severity => {
  if (race.intents !== 'same' || failedToLoad(boot)) return 'error'
  return isOneCard(race) ? 'info' : 'warning'
}

export const multiplePxeResponders: FindingTest = (boot, scene) => {
  const race = raceOf(boot, scene)
  if (!race) return NO_DRAFTS
  const names = namesOf(race, scene)
  const notes: string[] = []
  if (race.intents === 'same')
    notes.push(
      failedToLoad(boot) ? 'they promise the same, but the file did not come' : 'no different outcome seen',
    )
  if (race.intents === 'unknown') notes.push('what one of them would have it do is not in this capture')
  if (race.responders.slice(1).every(responder => responder.late))
    notes.push('the later answer came too late to count this time')
  if (isOneCard(race))
    notes.push('the answers came from one network card: one host with several services or addresses')
  const draft: Draft = {
    rule: 'multiple-pxe-responders',
    severity: severityOf(boot, race),
    confidence: 'seen',
    servers: serversOf(race),
    text: `${names} answer the same DISCOVER as PXE servers${notes.length > 0 ? ` (${notes.join('; ')})` : ''}.`,
    because: `${VENDOR_RULE}: the servers do not know of each other, and which of them a machine follows depends on its firmware and on who answers first.`,
    remedy: `Disable the Network Boot Service (or the other PXE responder) on all but one of ${names}; if the answers come through a relay, take the others out of its helper list. A host that nobody knows is found by its MAC in the tables of the switches.`,
    evidence: show(boot, race, scene),
    race: resultOf(race),
  }
  return [draft]
}

export const splitDecision: FindingTest = (boot, scene) => {
  const race = raceOf(boot, scene)
  if (race?.intents !== 'different') return NO_DRAFTS
  const wishes = race.responders.map(
    responder => `${scene.names.server(responder.server)} would have it ${describeIntent(responder.intent)}`,
  )
  return [
    {
      rule: 'split-decision',
      confidence: 'seen',
      servers: serversOf(race),
      text: `the PXE servers disagree: ${listed(wishes.sort(), 'but')}.`,
      because:
        'The servers answer from different knowledge: another Notification Server, a policy that has not arrived, or another product. Whoever answers first decides.',
      remedy: `Keep one PXE server on this subnet. If ${namesOf(race, scene)} are both meant to stay for a time, let them ask the same Notification Server and hold the same images.`,
      evidence: show(boot, race, scene),
      race: resultOf(race),
    },
  ]
}

export const jobLost: FindingTest = (boot, scene) => {
  const race = raceOf(boot, scene)
  const winner = race?.responders.find(responder => responder.server === race.winner)
  if (!race || !winner || !isLocalBoot(winner.intent)) return NO_DRAFTS
  const knowing = race.responders.filter(responder => hasJob(responder.intent))
  if (knowing.length === 0) return NO_DRAFTS
  const knew = listed(knowing.map(responder => scene.names.server(responder.server)).sort())
  const lost = scene.names.server(winner.server)
  return [
    {
      rule: 'job-lost',
      confidence: race.confidence,
      servers: ascending([winner.server, ...knowing.map(responder => responder.server)]),
      text: `${knew} offered the image of a running job, but the machine followed ${lost}, which sent it to its disk. The job stays pending; no error is shown.`,
      because: `${lost} does not know of the job: it asks another Notification Server, or its policy is old.`,
      remedy: `Disable the Network Boot Service on ${lost} for this subnet, or connect it to the Notification Server that has the job; then start the job again.`,
      evidence: show(boot, race, scene),
      race: resultOf(race),
    },
  ]
}

export const strayRelayTarget: FindingTest = (boot, scene) => {
  const race = raceOf(boot, scene)
  const relayed = race?.responders.filter(responder => responder.first.giaddr !== ANY_IP4) ?? []
  if (!race || relayed.length === 0) return NO_DRAFTS
  const local = race.responders.filter(responder => responder.first.giaddr === ANY_IP4)
  const relays = listed(ascending(relayed.map(responder => responder.first.giaddr)).map(scene.names.server))
  const strays = listed(relayed.map(responder => scene.names.server(responder.server)).sort())
  const text =
    local.length > 0
      ? `relay ${relays} asks ${strays} as well, although ${listed(local.map(responder => scene.names.server(responder.server)).sort())} serves this subnet itself.`
      : `relay ${relays} asks several PXE servers: ${strays}.`
  return [
    {
      rule: 'stray-relay-target',
      severity: severityOf(boot, race),
      confidence: 'seen',
      servers: serversOf(race),
      text,
      because:
        'A helper list sends every DISCOVER to all its addresses, so all PXE servers behind one list compete as if they stood on the subnet.',
      remedy: `On the router (${relays}), leave the DHCP server and exactly one PXE server in the helper list of this subnet; none if a PXE server stands on the subnet itself.`,
      evidence: show(boot, race, scene),
      race: resultOf(race),
    },
  ]
}
