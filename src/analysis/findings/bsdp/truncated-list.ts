/**
 * `bsdp-truncated-list` (BSDP-22): a list as long as the Mac can take.
 */
import type { Report, Sentences } from '../../capture-rule.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { answersIn, bsdpTest, showAnswer } from './bsdp-rule.ts'
import { isNearLimit } from './list-size.ts'

export const meta = {
  id: 'bsdp-truncated-list',
  severity: 'warning',
  meaning: 'BSDP-22: a list as long as the Mac can take',
  origins: {
    capture: {
      holdsWhen: 'a list fills what the Mac said it can take',
      confidence: '`inferred`',
      remedy: 'offer fewer images, or give them shorter names',
    },
  },
} as const satisfies FindingMeta

export type TruncatedList = { readonly server: string; readonly images: number; readonly maxSize: number }

export const test = bsdpTest((talk, _boot, context) =>
  answersIn(talk).flatMap(({ round, answer }): Report<TruncatedList>[] => {
    if (round.kind !== 'list' || !isNearLimit(round, answer)) return []
    return [
      {
        confidence: 'inferred',
        servers: [answer.server],
        details: {
          server: context.names.server(answer.server),
          images: answer.content.images?.length ?? 0,
          maxSize: round.maxSize,
        },
        evidence: [showAnswer(answer, context)],
      },
    ]
  }),
)

export const sentences = ({ server, images, maxSize }: TruncatedList): Sentences => ({
  text: `the list of ${server} may have been cut: ${images} images fill the ${maxSize} bytes that the machine can take.`,
  because:
    'A server lists as many images as fit the size that the client names (sub-option 12, else option 57), and leaves out the rest in silence.',
  remedy: 'Offer fewer images to each model, or give them shorter names.',
})
