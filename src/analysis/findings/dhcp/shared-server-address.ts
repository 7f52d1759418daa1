/**
 * `shared-server-address`: two network cards answer one request under one server address.
 */
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import type { Exchange } from '../../conversations/conversation.ts'
import type { AnswerCard } from '../../conversations/ways.ts'
import { evidence, showDiscover } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { listed } from '../../words.ts'

export const meta = {
  id: 'shared-server-address',
  severity: 'error',
  meaning: 'two hosts answer as one server address',
  origins: {
    capture: {
      holdsWhen:
        'one DISCOVER or REQUEST is answered from one address by two MACs, neither of which sends for other servers too',
      isNot:
        'another card from one request to the next (failover, VRRP, a card that was replaced); answers that a relay or a router brings',
      remedy: 'give one of the two hosts another address',
    },
  },
} as const satisfies FindingMeta

export type SharedServerAddress = {
  readonly server: string
  readonly cards: readonly [first: string, second: string]
}

export const test: RuleTest<SharedServerAddress> = (boot, context) => {
  for (const exchange of boot.exchanges) {
    const twins = twinsIn(exchange, boot.exchanges)
    if (!twins) continue
    const [a, b] = twins
    const { server: name } = context.names
    const cards = [context.names.client(a.mac), context.names.client(b.mac)] as const
    return [
      {
        confidence: 'seen',
        servers: [a.server],
        details: { server: name(a.server), cards },
        evidence: [
          ...showDiscover(boot, context),
          ...[a, b].map((card, i) =>
            evidence(card.seen, `${card.kind.toUpperCase()} from ${name(card.server)} by ${cards[i]!}`),
          ),
        ],
      },
    ]
  }
  return NO_REPORTS
}

/** Two that answer the same question, or take turns. */
const twinsIn = (
  exchange: Exchange,
  all: readonly Exchange[],
): readonly [AnswerCard, AnswerCard] | undefined => {
  const { cards } = exchange.ways
  const everybody = all.flatMap(({ ways }) => ways.cards)
  for (const [i, a] of cards.entries()) {
    const b = cards
      .slice(i + 1)
      .find(other => isSameAddress(a, other) && other.mac !== a.mac && !isAskedBetween(exchange, a, other))
    if (b && !isRouter(a, everybody) && !isRouter(b, everybody)) return [a, b]
  }
  return undefined
}

const isSameAddress = (a: AnswerCard, b: AnswerCard): boolean =>
  a.kind === b.kind && a.server === b.server && a.source === b.source && a.seen.segment === b.seen.segment

/** A card may have been replaced, or have taken over, between two questions. */
const isAskedBetween = ({ discoverAts, requests }: Exchange, a: AnswerCard, b: AnswerCard): boolean =>
  a.kind === 'offer'
    ? discoverAts.some(at => at > a.seen.at && at <= b.seen.at)
    : requests.some(({ lastAt }) => lastAt > a.seen.at && lastAt <= b.seen.at)

/** What comes through a router has its MAC, whoever sent it. */
const isRouter = ({ mac, source }: AnswerCard, cards: readonly AnswerCard[]): boolean =>
  cards.some(other => other.mac === mac && other.source !== source)

export const sentences = ({ server, cards }: SharedServerAddress): Sentences => ({
  text: `two hosts answer one request as ${server}: ${listed(cards)}.`,
  because:
    'Two servers with one address (a clone that was not renumbered, a container that runs twice, a standby that is active) look like one: machines send to whichever ARP names at the moment, so that lease, port 4011 and TFTP may be answered by different hosts.',
  remedy: `Find both cards in the tables of the switches, and stop one of the hosts or give it another address.`,
})
