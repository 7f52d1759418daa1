/**
 * `bsdp-constant-priority` (BSDP-9): a server takes all Macs that are not bound.
 */
import type { Report, Sentences } from '../../capture-rule.ts'
import { type BsdpAnswer, type BsdpServers, roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { listed } from '../../words.ts'
import { bsdpTest, namesOf, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-constant-priority',
  severity: 'warning',
  meaning: 'BSDP-9: a server attracts all Macs that are not yet bound',
  origins: {
    capture: {
      holdsWhen:
        'a priority is 65535, more than 16384 above all others, or unchanged after a new Mac was bound, next to a server whose priority falls',
      isNot: 'a load-balance server (BSDP-20)',
      remedy: 'let the priority fall with the number of clients of the server',
    },
  },
} as const satisfies FindingMeta

export type ConstantPriority = {
  readonly server: string
  readonly priority: number
  readonly others: readonly string[]
  readonly greed: 'highest' | 'farAbove' | 'unmoved'
}

/** Far above all others. */
const OUTLIER = 16_384
/** As high as no server that counts its clients. */
const TOP = 65_535
/** So many lists make a series. */
const SERIES = 3

export const test = bsdpTest((talk, _boot, context, servers) =>
  roundsOf(talk, 'list').flatMap(({ answers }): Report<ConstantPriority>[] =>
    answers.length < 2
      ? []
      : answers.flatMap((answer): Report<ConstantPriority>[] => {
          const others = answers.filter(other => other !== answer)
          const greed = greedOf(answer, others, servers)
          if (greed === undefined) return []
          return [
            {
              confidence: 'seen',
              servers: [answer.server],
              details: {
                server: context.names.server(answer.server),
                priority: answer.content.priority ?? 0,
                others: namesOf(others, context),
                greed,
              },
              evidence: answers.map(each => showAnswer(each, context)),
            },
          ]
        }),
  ),
)

const greedOf = (
  answer: BsdpAnswer,
  others: readonly BsdpAnswer[],
  servers: BsdpServers,
): ConstantPriority['greed'] | undefined => {
  const priority = answer.content.priority ?? 0
  const highest = Math.max(...others.map(({ content }) => content.priority ?? 0))
  if (priority === TOP) return 'highest'
  if (priority - highest > OUTLIER) return 'farAbove'
  const server = servers.of(answer.server)
  const isConstant =
    server !== undefined && server.answers >= SERIES && server.highest === server.lowest && server.unmoved > 0
  const besideFalling = others.some(other => {
    const known = servers.of(other.server)
    return known !== undefined && known.highest !== known.lowest
  })
  return isConstant && besideFalling ? 'unmoved' : undefined
}

const GREED_TEXT: Readonly<Record<ConstantPriority['greed'], string>> = {
  highest: 'the highest possible, and so attracts every Mac that is not yet bound',
  farAbove: 'far above all others, and so attracts every Mac that is not yet bound',
  unmoved: 'which does not fall with the number of its clients, unlike that of other servers',
}

export const sentences = ({ server, priority, others, greed }: ConstantPriority): Sentences => ({
  text: `${server} has the priority ${priority}, ${GREED_TEXT[greed]}.`,
  because:
    'Macs that are not yet bound choose the highest priority. Servers share the load only if each lowers its priority with every client it binds.',
  remedy: `Let the priority of ${server} fall with the number of its clients, or set it to a value that suits ${listed(others)}.`,
})
