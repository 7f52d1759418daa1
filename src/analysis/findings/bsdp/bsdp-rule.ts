/**
 * What the BSDP rules share: their test is given what the machine and BSDP servers said to each other, and shows
 * requests and answers in one way. Several servers side by side are how BSDP is meant to be (A-31), and no
 * finding by themselves (BSDP-1). Does not judge.
 */
import type { Ip4 } from '../../../core/address.ts'
import { formatImageId } from '../../../wire/bsdp/image-id.ts'
import {
  type Evidence,
  NO_REPORTS,
  type Report,
  type RuleContext,
  type RuleTest,
} from '../../capture-rule.ts'
import type { BsdpAnswer, BsdpRound, BsdpServers, BsdpTalk } from '../../conversations/bsdp-talk.ts'
import type { Boot } from '../../conversations/conversation.ts'
import type { Details } from '../../details.ts'
import { evidence } from '../../evidence.ts'
import { ascending } from '../../words.ts'

type BsdpTest<D extends Details> = (
  talk: BsdpTalk,
  boot: Boot,
  context: RuleContext,
  servers: BsdpServers,
) => readonly Report<D>[]

export const bsdpTest =
  <D extends Details>(test: BsdpTest<D>): RuleTest<D> =>
  (boot, context) =>
    context.bsdp ? test(context.bsdp.talk, boot, context, context.bsdp.servers) : NO_REPORTS

export const showRound = (round: BsdpRound, boot: Boot, context: RuleContext): Evidence => {
  const { names } = context
  const client = boot.client === undefined ? 'a machine' : names.client(boot.client)
  return evidence(
    round.seen,
    round.kind === 'list'
      ? `LIST of ${client}${round.count > 1 ? `, ${round.count} times` : ''}`
      : `SELECT of ${client} for ${round.server === undefined ? 'nobody' : names.server(round.server)}`,
  )
}

const MESSAGE_NAMES = ['', 'LIST', 'SELECT', 'FAILED']

export const showAnswer = (answer: BsdpAnswer, context: RuleContext): Evidence => {
  const { content } = answer
  const kind =
    answer.kind === 'offer'
      ? 'BSDP OFFER'
      : `ACK[${MESSAGE_NAMES[content.messageType ?? 0] ?? content.messageType}]`
  const parts = [
    `${kind} from ${context.names.server(answer.server)}`,
    ...(content.priority === undefined ? [] : [`priority ${content.priority}`]),
    ...(content.selectedImage === undefined ? [] : [`selected ${formatImageId(content.selectedImage)}`]),
  ]
  return evidence(answer.seen, parts.join(', '))
}

export const serversOf = (answers: readonly BsdpAnswer[]): Ip4[] => answers.map(({ server }) => server)

/** Each once, by ascending address. */
export const namesOf = (answers: readonly BsdpAnswer[], context: RuleContext): string[] =>
  ascending(serversOf(answers)).map(context.names.server)

/** Every answer to a request, with the request. */
export const answersIn = (talk: BsdpTalk): { round: BsdpRound; answer: BsdpAnswer }[] =>
  talk.rounds.flatMap(round => round.answers.map(answer => ({ round, answer })))
