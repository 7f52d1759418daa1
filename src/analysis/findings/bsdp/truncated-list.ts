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
  meaning: 'BSDP-22: an image list as long as the Mac can accept',
  origins: {
    capture: {
      holdsWhen: 'a list fills the message size that the Mac announced',
      confidence: '`inferred`',
      remedy: 'offer fewer images, or shorten their names',
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
  text: `the image list from ${server} may be truncated: ${images} images fill the ${maxSize} bytes that the machine accepts.`,
  because:
    'A server lists as many images as fit into the size that the client announces (sub-option 12, else option 57), and silently omits the rest.',
  remedy: 'Offer fewer images to each model, or shorten their names.',
})
