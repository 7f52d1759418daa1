/**
 * `bsdp-unstable-default` (BSDP-8): equal priorities and different default images.
 */
import { isGlobal } from '../../../wire/bsdp/image-id.ts'
import type { Report, Sentences } from '../../capture-rule.ts'
import { roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { listed } from '../../words.ts'
import { bsdpTest, namesOf, serversOf, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-unstable-default',
  severity: 'warning',
  meaning: 'BSDP-8: equal priorities, different default images',
  origins: {
    capture: {
      holdsWhen: 'the highest priorities are equal and the default images differ',
      remedy: 'give the servers different base priorities',
    },
  },
} as const satisfies FindingMeta

export type UnstableDefault = { readonly servers: readonly string[]; readonly priority: number }

export const test = bsdpTest((talk, _boot, context) =>
  roundsOf(talk, 'list').flatMap(({ answers }): Report<UnstableDefault>[] => {
    if (answers.some(({ content }) => content.selectedImage !== undefined)) return []
    const highest = Math.max(...answers.map(({ content }) => content.priority ?? 0))
    const top = answers.filter(({ content }) => (content.priority ?? 0) === highest)
    const [first] = top
    if (top.length < 2 || !first) return []
    if (top.every(({ content }) => isSameImage(content.defaultImage, first.content.defaultImage))) return []
    return [
      {
        confidence: 'seen',
        servers: serversOf(top),
        details: { servers: namesOf(top, context), priority: highest },
        evidence: top.map(answer => showAnswer(answer, context)),
      },
    ]
  }),
)

/** A local id means another image on another server. */
const isSameImage = (a: number | undefined, b: number | undefined): boolean =>
  a === b && (a === undefined || isGlobal(a))

export const sentences = ({ servers, priority }: UnstableDefault): Sentences => ({
  text: `${listed(servers)} have the same priority (${priority}) and different default images.`,
  because:
    'Without a menu a Mac then takes the first answer, which may come from another server at the next boot.',
  remedy:
    'Give the servers different base priorities, or the same default image with an index of 4096 or above.',
})
