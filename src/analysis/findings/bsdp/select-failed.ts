/**
 * `bsdp-select-failed` (BSDP-15): a server could not prepare the image.
 */
import { type Micros, SECOND } from '../../../core/micros.ts'
import { BSDP_MESSAGE } from '../../../wire/bsdp/content.ts'
import type { Report, Sentences } from '../../capture-rule.ts'
import { roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { bsdpTest, showAnswer, showRound } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-select-failed',
  severity: 'warning',
  meaning: 'BSDP-15: a server could not prepare the image',
  origins: {
    capture: {
      holdsWhen: 'an ACK[FAILED] answers a SELECT. The finding also says whether the Mac retries too soon',
      remedy: 'check the log of the server; free AFP accounts, or correct the image',
    },
  },
} as const satisfies FindingMeta

export type SelectFailed = {
  readonly server: string
  /** The machine asked again without the pause of ten seconds. */
  readonly askedTooSoon: boolean
}

const PAUSE: Micros = 9.5 * SECOND

export const test = bsdpTest((talk, boot, context) =>
  roundsOf(talk, 'select').flatMap((round): Report<SelectFailed>[] => {
    const failure = round.answers.find(({ content }) => content.messageType === BSDP_MESSAGE.failed)
    if (!failure) return []
    const again = talk.rounds.find(({ kind, seen }) => kind === 'list' && seen.at > failure.seen.at)
    return [
      {
        confidence: 'seen',
        servers: [failure.server],
        details: {
          server: context.names.server(failure.server),
          askedTooSoon: again !== undefined && again.seen.at - failure.seen.at < PAUSE,
        },
        evidence: [showRound(round, boot, context), showAnswer(failure, context)],
      },
    ]
  }),
)

export const sentences = ({ server, askedTooSoon }: SelectFailed): Sentences => ({
  text: `${server} answers FAILED to a SELECT${askedTooSoon ? ', and the machine retries without the pause of ten seconds' : ''}.`,
  because:
    'The image is no longer enabled for this machine, or the server cannot prepare it: all AFP accounts in use, no space for the shadow volume, no boot file.',
  remedy: `Check the log of ${server}; free AFP accounts, or correct the image.`,
})
