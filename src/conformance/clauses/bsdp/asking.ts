/**
 * How the clauses about BSDP ask, and what they take from the answers.
 */
import { DHCP_PORT } from '../../../wire/dhcp/message.ts'
import type { BootImage, BsdpContent } from '../../../wire/bsdp/content.ts'
import { notApplicable } from '../../judgement.ts'
import { type Answer, mustAnswer } from '../../probe/ask.ts'
import { type MacTraits, contentOf, listMessage, selectMessage } from '../../probe/mac.ts'
import { type Machine, newMachine } from '../../probe/machine.ts'
import type { Probe, Procedure } from '../../probe/probe.ts'

export interface Listed {
  readonly machine: Machine
  readonly answer: Answer
  readonly content: BsdpContent
}

const NO_CONTENT: BsdpContent = { others: [], tags: [], intact: false, listIntact: false }

export function* list(
  probe: Probe,
  content: Partial<BsdpContent> = {},
  traits?: MacTraits,
): Procedure<Listed> {
  const machine = newMachine(probe)
  const socket = probe.open(DHCP_PORT.client)
  const message = listMessage(machine, probe.station.address, content, traits)
  const answer = yield* mustAnswer(probe, { socket, message }, 'a LIST of a Mac')
  socket.close()
  return { machine, answer, content: contentOf(answer) ?? NO_CONTENT }
}

export const someImage = ({ content }: Listed): BootImage =>
  content.images?.[0] ?? notApplicable('it lists no image to this Mac')

/** Of an image that it has listed. */
export function* select(probe: Probe, listed: Listed, image = someImage(listed).id): Procedure<Listed> {
  const { machine } = listed
  const socket = probe.open(DHCP_PORT.client)
  const message = selectMessage(machine, probe.station.address, probe.server.address, image)
  const answer = yield* mustAnswer(probe, { socket, message }, 'a SELECT of a Mac')
  socket.close()
  return { machine, answer, content: contentOf(answer) ?? NO_CONTENT }
}
