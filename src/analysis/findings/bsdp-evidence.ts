/**
 * What the BSDP rules share: their form, and how requests and answers are shown as evidence. Does not judge.
 */
import type { Ip4 } from '../../core/address.ts'
import { formatImageId } from '../../wire/bsdp/image-id.ts'
import type { BsdpAnswer, BsdpRound, BsdpServers, BsdpTalk } from '../conversations/bsdp-talk.ts'
import type { Boot } from '../conversations/conversation.ts'
import type { Evidence } from '../rules.ts'
import { type Draft, type Scene, evidence } from '../scene.ts'

export type BsdpTest = (talk: BsdpTalk, boot: Boot, scene: Scene, servers: BsdpServers) => readonly Draft[]

export const showRound = (round: BsdpRound, scene: Scene, client: string): Evidence =>
  evidence(
    round.seen,
    round.kind === 'list'
      ? `LIST of ${client}${round.count > 1 ? `, ${round.count} times` : ''}`
      : `SELECT of ${client} for ${round.server === undefined ? 'nobody' : scene.names.server(round.server)}`,
  )

const WORDS = ['', 'LIST', 'SELECT', 'FAILED']

export const showAnswer = (answer: BsdpAnswer, scene: Scene): Evidence => {
  const { content } = answer
  const kind =
    answer.kind === 'offer' ? 'BSDP OFFER' : `ACK[${WORDS[content.messageType ?? 0] ?? content.messageType}]`
  const parts = [
    `${kind} from ${scene.names.server(answer.server)}`,
    ...(content.priority === undefined ? [] : [`priority ${content.priority}`]),
    ...(content.selectedImage === undefined ? [] : [`selected ${formatImageId(content.selectedImage)}`]),
  ]
  return evidence(answer.seen, parts.join(', '))
}

export const serversOf = (list: readonly BsdpAnswer[]): Ip4[] => list.map(({ server }) => server)
export const clientOf = (boot: Boot, scene: Scene): string =>
  boot.client === undefined ? 'a machine' : scene.names.client(boot.client)
