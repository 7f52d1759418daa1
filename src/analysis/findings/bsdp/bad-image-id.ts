/**
 * `bsdp-bad-image-id` (BSDP-10): a list with impossible ids, or without its default.
 */
import { IMAGE_KIND, formatImageId, imageKind, reservedByte } from '../../../wire/bsdp/image-id.ts'
import type { Report, Sentences } from '../../capture-rule.ts'
import type { BsdpAnswer } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { answersIn, bsdpTest, showAnswer } from './bsdp-rule.ts'
import { isNearLimit } from './list-size.ts'

export const meta = {
  id: 'bsdp-bad-image-id',
  severity: 'warning',
  meaning: 'BSDP-10: an image list with invalid ids, or without its default image',
  origins: {
    capture: {
      holdsWhen:
        'a list does not contain its default image, or contains id 0, a reserved kind, or a non-zero reserved byte',
      isNot: 'a list that may have been truncated',
      remedy: 'correct the image descriptions on the server',
    },
  },
} as const satisfies FindingMeta

export type BadImageId = { readonly server: string; readonly faults: readonly string[] }

export const test = bsdpTest((talk, _boot, context) =>
  answersIn(talk).flatMap(({ round, answer }): Report<BadImageId>[] => {
    const faults = round.kind === 'list' && !isNearLimit(round, answer) ? faultsOf(answer) : []
    if (faults.length === 0) return []
    return [
      {
        confidence: 'seen',
        servers: [answer.server],
        details: { server: context.names.server(answer.server), faults },
        evidence: [showAnswer(answer, context)],
      },
    ]
  }),
)

const faultsOf = ({ content }: BsdpAnswer): string[] => {
  const { images, defaultImage } = content
  const faults: string[] = []
  if (images && defaultImage !== undefined && !images.some(({ id }) => id === defaultImage))
    faults.push(`it does not contain its default image ${formatImageId(defaultImage)}`)
  for (const { id } of images ?? []) {
    if (id === 0) faults.push('an image has id 0')
    else if (imageKind(id) > IMAGE_KIND.diagnostics) faults.push(`${formatImageId(id)} is of a reserved kind`)
    else if (reservedByte(id) !== 0) faults.push(`${formatImageId(id)} uses the reserved byte`)
  }
  return faults
}

export const sentences = ({ server, faults }: BadImageId): Sentences => ({
  text: `the image list from ${server} is wrong: ${faults.join('; ')}.`,
  because: 'Macs skip such images, or cannot choose an image without a menu.',
  remedy: `Correct the image descriptions on ${server}.`,
})
