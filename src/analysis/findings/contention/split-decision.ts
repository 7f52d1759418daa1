/**
 * `split-decision`: several PXE servers would make the machine do different things.
 */
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { type Intent, describeIntent } from '../../conversations/intent.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { raceOf } from '../../race.ts'
import { listed } from '../../words.ts'
import { outcomeOf, serversOf, showRace } from './pxe-race.ts'

export const meta = {
  id: 'split-decision',
  severity: 'error',
  meaning: 'several PXE servers tell the machine to do different things',
  origins: {
    capture: {
      holdsWhen:
        'the PXE OFFERs for one DISCOVER lead to different results: an image or the disk, another image text, another file, a menu that waits for the user. A redirect is judged by the answer on port 4011, if that was captured',
      isNot:
        'texts that differ only in the job; the same file in another spelling; a redirect whose answer was not captured',
      remedy:
        'keep one PXE server on the subnet; until then, give both the same Notification Server and the same images',
    },
  },
  consequences: [
    { of: 'multiple-pxe-responders', share: ['clients', 'servers'] },
    { of: 'policy-lag', share: ['clients', 'servers'] },
  ],
} as const satisfies FindingMeta

export type SplitDecision = {
  /** What each server would have the machine do. */
  readonly decisions: readonly { readonly server: string; readonly intent: Intent }[]
}

export const test: RuleTest<SplitDecision> = (boot, context) => {
  const race = raceOf(boot, context)
  if (race?.intents !== 'different') return NO_REPORTS
  return [
    {
      confidence: 'seen',
      servers: serversOf(race),
      details: {
        decisions: race.responders.map(({ server, intent }) => ({
          server: context.names.server(server),
          intent,
        })),
      },
      evidence: showRace(boot, race, context),
      race: outcomeOf(race),
    },
  ]
}

export const sentences = ({ decisions }: SplitDecision): Sentences => {
  const wishes = decisions.map(({ server, intent }) => `${server} tells it to ${describeIntent(intent)}`)
  const names = decisions.map(({ server }) => server)
  return {
    text: `the PXE servers disagree: ${listed(wishes.sort(), 'but')}.`,
    because:
      'The servers do not share the same information: another Notification Server, a policy that has not arrived, or another product. Firmware and the order of the answers decide what boots.',
    remedy: `Keep one PXE server on this subnet. If ${listed(names.sort())} must both stay for a time, connect them to the same Notification Server and give them the same images.`,
  }
}
